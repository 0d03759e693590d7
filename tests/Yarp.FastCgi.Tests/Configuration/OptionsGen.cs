using CsCheck;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>Options in which each one is either missing or some valid value.</summary>
internal static class OptionsGen
{
    private static readonly Gen<string> Name = Gen.Char["abcXYZ09_-éß"].Array[1, 8].Select(chars => new string(chars));

    private static readonly Gen<TimeSpan?> Time = OrNone(Gen.Long[1, TimeSpan.FromDays(24).Ticks].Select(TimeSpan.FromTicks));

    private static readonly Gen<string?> AbsolutePath = OrNull(Name.Select(name => $"/{name}/{name}"));

    private static readonly Gen<IReadOnlyDictionary<string, string>?> Params = Gen
        .Select(Gen.Char["abAB:."].Array[1, 3], Gen.String)
        .Array[1, 5]
        .Select(pairs => (IReadOnlyDictionary<string, string>?)pairs
            .DistinctBy(pair => new string(pair.Item1))
            .ToDictionary(pair => new string(pair.Item1), pair => pair.Item2
                .Replace("\0", "", StringComparison.Ordinal)
                .Replace("{", "{{", StringComparison.Ordinal)
                .Replace("}", "}}", StringComparison.Ordinal)));

    private static readonly Gen<IReadOnlyDictionary<string, string>?> PhpValues = Gen
        .Select(Gen.Char["abA_.-0"].Array[0, 3], Gen.Char["aE_LON0 &|~()'\"\\${};=é"].Array[0, 9])
        .Array[1, 5]
        .Select(pairs => (IReadOnlyDictionary<string, string>?)pairs
            .DistinctBy(pair => new string(pair.Item1))
            .ToDictionary(pair => "x." + new string(pair.Item1), pair => ">" + new string(pair.Item2)));

    public static readonly Gen<FastCgiRouteOptions> Route =
        from documentRoot in AbsolutePath
        from localRoot in AbsolutePath
        from resolveRootSymlink in OrNone(Gen.Bool)
        from scriptsOutsideRoot in OrNone(Gen.Bool)
        from index in List(Name.Select(name => name + ".php"), min: 0)
        from extensions in List(Name.Select(name => "." + name), min: 1)
        from scripts in List(Gen.OneOf(Name.Select(name => "/" + name), Name.Select(name => $"!/{name}/")), min: 0)
        from tryFiles in List(Name.Select(name => "{path}/" + name), min: 0)
        from checkFile in OrNone(Gen.Enum<FastCgiCheckFile>())
        from checkFileMaxAge in OrNone(Gen.Int[0, 60].Select(seconds => TimeSpan.FromSeconds(seconds)))
        from scriptFile in AbsolutePath
        from parameters in Gen.OneOf(Gen.Const(() => (IReadOnlyDictionary<string, string>?)null), Params)
        from phpValues in Gen.OneOf(Gen.Const(() => (IReadOnlyDictionary<string, string>?)null), PhpValues)
        from phpAdminValues in Gen.OneOf(Gen.Const(() => (IReadOnlyDictionary<string, string>?)null), PhpValues)
        from passHeaders in OrNone(Gen.Bool)
        from underscoreHeaders in List(Gen.Char["ab-."].Array[1, 4].Select(chars => "X_" + new string(chars)), min: 0)
        from tlsParams in OrNone(Gen.Bool)
        from buffering in OrNone(Gen.Bool)
        from bufferSize in OrNone(Gen.Int[0, 16 * 1024 * 1024])
        from bufferDirectory in AbsolutePath
        from bodyFileDirectory in AbsolutePath
        from localBodyFileDirectory in AbsolutePath
        from drainTimeout in Time
        from ignoreAbort in OrNone(Gen.Bool)
        from abortTimeout in Time
        from acceptStatusLine in OrNone(Gen.Bool)
        from upgrade in OrNone(Gen.Bool)
        from localRedirect in OrNone(Gen.Bool)
        from interceptErrors in List(Gen.Int[400, 599].Select(status => $"{status}"), min: 0)
        from errorPath in OrNull(Name.Select(name => "/" + name))
        from sendfileRoots in List(Name.Select(name => "/" + name), min: 0)
        from accelRedirect in List(Name.Select(name => $"/{name}/=/{name}"), min: 0)
        select new FastCgiRouteOptions
        {
            DocumentRoot = documentRoot,
            LocalRoot = localRoot,
            ResolveRootSymlink = resolveRootSymlink,
            ScriptsOutsideRoot = scriptsOutsideRoot,
            Index = index,
            ScriptExtensions = extensions,
            Scripts = scripts,
            TryFiles = tryFiles,
            CheckFile = checkFile,
            CheckFileMaxAge = checkFileMaxAge,
            ScriptFile = scriptFile,
            Params = parameters,
            PhpValues = phpValues,
            PhpAdminValues = phpAdminValues,
            PassRequestHeaders = passHeaders,
            UnderscoreHeaders = underscoreHeaders,
            TlsParams = tlsParams,
            RequestBuffering = buffering,
            RequestBufferSize = bufferSize,
            RequestBufferDirectory = bufferDirectory,
            RequestBodyFileDirectory = bodyFileDirectory,
            LocalRequestBodyFileDirectory = localBodyFileDirectory,
            RequestDrainTimeout = drainTimeout,
            IgnoreClientAbort = ignoreAbort,
            ClientAbortTimeout = abortTimeout,
            AcceptStatusLine = acceptStatusLine,
            Upgrade = upgrade,
            LocalRedirect = localRedirect,
            InterceptErrors = interceptErrors,
            ErrorPath = errorPath,
            XSendfileRoots = sendfileRoots,
            XAccelRedirect = accelRedirect,
        };

    // A group without any option set is no group.
    private static readonly Gen<FastCgiRetryOptions?> Retries =
        from maxAttempts in OrNone(Gen.Int[1, 10])
        from causes in List(OneOf("connect-failure", "stale-connection", "overloaded", "empty-response", "500", "502-504"), min: 0)
        from methods in List(OneOf("GET", "PUT", "DELETE", "M-SEARCH"), min: 0)
        from budget in OrNone(Gen.Int[0, 100])
        let retries = new FastCgiRetryOptions { MaxAttempts = maxAttempts, On = causes, Methods = methods, Budget = budget }
        select retries == new FastCgiRetryOptions() ? null : retries;

    public static readonly Gen<FastCgiClusterOptions> Cluster =
        from route in Route
        from maxConnections in OrNone(Gen.Int[1, 65535])
        from queueLimit in OrNone(Gen.Int[0, 1_000_000])
        from queueTimeout in Time
        from connectTimeout in Time
        from responseHeadTimeout in Time
        from keepAlive in OrNone(Gen.Bool)
        from idleTimeout in Time
        from maxIdle in OrNone(Gen.Int[0, 65535])
        from maxRequests in OrNone(Gen.Int[1, 1_000_000_000])
        from maxLifetime in Time
        from maxHead in OrNone(Gen.Int[1024, 1024 * 1024])
        from multiplexing in OrNone(Gen.Bool)
        from maxMultiplexed in OrNone(Gen.Int[1, 10_000])
        from multiplexingBuffer in OrNone(Gen.Int[256 * 1024, 1024 * 1024 * 1024])
        from retries in Retries
        from probeBody in OrNull(OneOf("pong", "all is well"))
        from probeFailures in OrNone(Gen.Int[1, 100])
        from statusPath in OrNull(OneOf("/status", "/fpm/status"))
        from statusInterval in Time
        from gateways in OrNone(Gen.Int[1, 1000])
        select new FastCgiClusterOptions
        {
            DocumentRoot = route.DocumentRoot,
            LocalRoot = route.LocalRoot,
            ResolveRootSymlink = route.ResolveRootSymlink,
            ScriptsOutsideRoot = route.ScriptsOutsideRoot,
            Index = route.Index,
            ScriptExtensions = route.ScriptExtensions,
            Scripts = route.Scripts,
            TryFiles = route.TryFiles,
            CheckFile = route.CheckFile,
            CheckFileMaxAge = route.CheckFileMaxAge,
            ScriptFile = route.ScriptFile,
            Params = route.Params,
            PhpValues = route.PhpValues,
            PhpAdminValues = route.PhpAdminValues,
            PassRequestHeaders = route.PassRequestHeaders,
            UnderscoreHeaders = route.UnderscoreHeaders,
            TlsParams = route.TlsParams,
            RequestBuffering = route.RequestBuffering,
            RequestBufferSize = route.RequestBufferSize,
            RequestBufferDirectory = route.RequestBufferDirectory,
            RequestBodyFileDirectory = route.RequestBodyFileDirectory,
            LocalRequestBodyFileDirectory = route.LocalRequestBodyFileDirectory,
            RequestDrainTimeout = route.RequestDrainTimeout,
            IgnoreClientAbort = route.IgnoreClientAbort,
            ClientAbortTimeout = route.ClientAbortTimeout,
            AcceptStatusLine = route.AcceptStatusLine,
            Upgrade = route.Upgrade,
            LocalRedirect = route.LocalRedirect,
            InterceptErrors = route.InterceptErrors,
            ErrorPath = route.ErrorPath,
            XSendfileRoots = route.XSendfileRoots,
            XAccelRedirect = route.XAccelRedirect,
            MaxConnections = maxConnections,
            QueueLimit = queueLimit,
            QueueTimeout = queueTimeout,
            ConnectTimeout = connectTimeout,
            ResponseHeadTimeout = responseHeadTimeout,
            KeepAlive = keepAlive,
            IdleTimeout = idleTimeout,
            MaxIdleConnections = maxIdle,
            MaxRequestsPerConnection = maxRequests,
            MaxConnectionLifetime = maxLifetime,
            MaxResponseHeadSize = maxHead,
            Multiplexing = multiplexing,
            MaxMultiplexedRequests = maxMultiplexed,
            MultiplexingBufferSize = multiplexingBuffer,
            Retries = retries,
            ProbeBody = probeBody,
            ProbeFailures = probeFailures,
            StatusPath = statusPath,
            StatusInterval = statusInterval,
            Gateways = gateways,
        };

    private static readonly Gen<IReadOnlyDictionary<string, string>?> Environment = Gen
        .Select(Name, Gen.String)
        .Array[1, 5]
        .Select(pairs => (IReadOnlyDictionary<string, string>?)pairs
            .DistinctBy(pair => pair.Item1)
            .ToDictionary(pair => pair.Item1, pair => pair.Item2.Replace("\0", "", StringComparison.Ordinal)));

    public static readonly Gen<FastCgiDestinationOptions> Destination =
        from command in List(Name, min: 1)
        from passSocket in OrNone(Gen.Bool)
        from start in OrNone(Gen.Enum<FastCgiInterpreterStart>())
        from workingDirectory in AbsolutePath
        from environment in Gen.OneOf(Gen.Const(() => (IReadOnlyDictionary<string, string>?)null), Environment)
        from inheritEnvironment in OrNone(Gen.Bool)
        from user in OrNull(Name)
        from @group in OrNull(Name)
        from chroot in AbsolutePath
        from startTimeout in Time
        from stopTimeout in Time
        from killSignal in OrNull(OneOf("SIGTERM", "SIGUSR1", "SIGQUIT"))
        from maxFailures in OrNone(Gen.Int[1, 1000])
        from instances in OrNone(Gen.Int[1, 1000])
        from minInstances in OrNone(Gen.Int[0, 1000])
        from idleTimeout in Time
        from maxRequests in OrNone(Gen.Int[1, 1_000_000_000])
        from debug in OrNone(Gen.Bool)
        let interpreter = new FastCgiInterpreterOptions
        {
            Command = command,
            PassSocket = passSocket,
            Start = start,
            WorkingDirectory = workingDirectory,
            Environment = environment,
            InheritEnvironment = inheritEnvironment,
            User = user,
            Group = @group,
            Chroot = chroot,
            StartTimeout = startTimeout,
            StopTimeout = stopTimeout,
            KillSignal = killSignal,
            MaxFailures = maxFailures,
            Instances = instances,
            MinInstances = minInstances,
            IdleTimeout = idleTimeout,
            MaxRequests = maxRequests,
            Debug = debug,
        }
        select new FastCgiDestinationOptions { Interpreter = interpreter == new FastCgiInterpreterOptions() ? null : interpreter };

    private static Gen<IReadOnlyList<string>?> List(Gen<string> element, int min)
        => Gen.OneOf(Gen.Const(() => (IReadOnlyList<string>?)null), element.Array[min, 12].Select(elements => (IReadOnlyList<string>?)elements));

    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(index => words[index]);

    private static Gen<T?> OrNone<T>(Gen<T> gen)
        where T : struct
        => Gen.OneOf(Gen.Const(() => (T?)null), gen.Select(value => (T?)value));

    private static Gen<string?> OrNull(Gen<string> gen) => Gen.OneOf(Gen.Const(() => (string?)null), gen.Select(value => (string?)value));
}
