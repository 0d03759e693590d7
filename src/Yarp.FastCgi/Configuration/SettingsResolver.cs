using System.Collections.Frozen;
using Yarp.FastCgi.Client.Connections;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// From options to the settings that apply. Metadata is taken to be validated: an option with an error counts as not
/// set, and nothing here throws for it.
/// </summary>
internal static class SettingsResolver
{
    /// <summary>The application behind a route: the route's options over its cluster's, over the defaults.</summary>
    public static ApplicationSettings ResolveApplication(
        IReadOnlyDictionary<string, string>? clusterMetadata,
        IReadOnlyDictionary<string, string>? routeMetadata)
        => Application(Merge(FastCgiMetadata.ReadCluster(clusterMetadata, []), FastCgiMetadata.ReadRoute(routeMetadata, [])));

    /// <summary>The connections of a cluster.</summary>
    public static ConnectionSettings ResolveConnections(IReadOnlyDictionary<string, string>? clusterMetadata, HttpClientConfig? httpClient)
        => Connections(FastCgiMetadata.ReadCluster(clusterMetadata, []), httpClient);

    /// <summary>When requests of a cluster are sent again.</summary>
    public static RetrySettings ResolveRetries(IReadOnlyDictionary<string, string>? clusterMetadata)
        => Retries(FastCgiMetadata.ReadCluster(clusterMetadata, []));

    /// <summary>What makes a destination of a cluster healthy.</summary>
    public static ProbeSettings ResolveProbes(IReadOnlyDictionary<string, string>? clusterMetadata)
    {
        var options = FastCgiMetadata.ReadCluster(clusterMetadata, []);
        return new ProbeSettings(options.ProbeBody?.Trim(), FastCgiSettings.ProbeFailures.Resolve(options));
    }

    /// <summary>What a cluster's applications are asked about their load.</summary>
    public static StatusSettings ResolveStatus(IReadOnlyDictionary<string, string>? clusterMetadata)
    {
        var options = FastCgiMetadata.ReadCluster(clusterMetadata, []);
        return new StatusSettings(
            options.StatusPath, FastCgiSettings.StatusInterval.Resolve(options), IsAuto(options), FastCgiSettings.Gateways.Resolve(options));
    }

    /// <summary>All of them, from options given in code without a cluster.</summary>
    /// <exception cref="ArgumentException">An option is wrong; the message lists everything that is.</exception>
    public static (ApplicationSettings Application, ConnectionSettings Connections, RetrySettings Retries) Resolve(FastCgiClusterOptions options)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        FastCgiMetadata.Write(options, metadata);

        var errors = new List<string>();
        var checkedOptions = FastCgiMetadata.ReadCluster(metadata, errors);
        OptionsRules.CheckDirectories(checkedOptions, errors);
        OptionsRules.CheckApplication(checkedOptions, errors);
        OptionsRules.CheckUnwatched(checkedOptions, errors);
        return errors.Count == 0
            ? (Application(checkedOptions), Connections(checkedOptions, httpClient: null), Retries(checkedOptions))
            : throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(options));
    }

    /// <summary>The options of a route over the defaults that its cluster gives; params are merged by name.</summary>
    public static FastCgiRouteOptions Merge(FastCgiRouteOptions cluster, FastCgiRouteOptions route)
    {
        foreach (var setting in FastCgiSettings.All)
        {
            if (setting.Scope == SettingScope.RouteAndCluster)
            {
                cluster = (FastCgiRouteOptions)setting.Overlay(cluster, route);
            }
        }

        return cluster;
    }

    private static ApplicationSettings Application(FastCgiRouteOptions options) => new()
    {
        DocumentRoot = TrimEnd(options.DocumentRoot),
        LocalRoot = TrimEnd(options.LocalRoot ?? options.DocumentRoot),
        ResolveRootSymlink = FastCgiSettings.ResolveRootSymlink.Resolve(options),
        ScriptsOutsideRoot = FastCgiSettings.ScriptsOutsideRoot.Resolve(options),
        Index = FastCgiSettings.Index.Resolve(options),
        ScriptExtensions = FastCgiSettings.ScriptExtensions.Resolve(options),
        Scripts = FastCgiSettings.Scripts.Resolve(options),
        TryFiles = FastCgiSettings.TryFiles.Resolve(options),
        CheckFile = FastCgiSettings.CheckFile.Resolve(options),
        ScriptFile = options.ScriptFile,
        Params = FastCgiSettings.Params.Resolve(options),
        PhpValues = FastCgiSettings.PhpValues.Resolve(options),
        PhpAdminValues = FastCgiSettings.PhpAdminValues.Resolve(options),
        PassRequestHeaders = FastCgiSettings.PassRequestHeaders.Resolve(options),
        UnderscoreHeaders = FastCgiSettings.UnderscoreHeaders.Resolve(options),
        TlsParams = FastCgiSettings.TlsParams.Resolve(options),
        RequestBuffering = FastCgiSettings.RequestBuffering.Resolve(options),
        RequestBufferSize = FastCgiSettings.RequestBufferSize.Resolve(options),
        RequestBufferDirectory = options.RequestBufferDirectory ?? Path.GetTempPath(),
        RequestBodyFileDirectory = TrimEnd(options.RequestBodyFileDirectory),
        LocalRequestBodyFileDirectory = options.LocalRequestBodyFileDirectory ?? options.RequestBodyFileDirectory,
        RequestDrainTimeout = FastCgiSettings.RequestDrainTimeout.Resolve(options),
        IgnoreClientAbort = FastCgiSettings.IgnoreClientAbort.Resolve(options),
        ClientAbortTimeout = FastCgiSettings.ClientAbortTimeout.Resolve(options),
        AcceptStatusLine = FastCgiSettings.AcceptStatusLine.Resolve(options),
        Upgrade = FastCgiSettings.Upgrade.Resolve(options),
        LocalRedirect = FastCgiSettings.LocalRedirect.Resolve(options),
        InterceptErrors = FastCgiSettings.InterceptErrors.Resolve(options),
        ErrorPath = options.ErrorPath,
        XSendfileRoots = FastCgiSettings.XSendfileRoots.Resolve(options),
        XAccelRedirect = FastCgiSettings.XAccelRedirect.Resolve(options),
    };

    private static ConnectionSettings Connections(FastCgiClusterOptions options, HttpClientConfig? httpClient) => new()
    {
        MaxConnections = (IsAuto(options) ? null : options.MaxConnections) ?? httpClient?.MaxConnectionsPerServer ?? FastCgiSettings.MaxConnections.Default,
        QueueLimit = FastCgiSettings.QueueLimit.Resolve(options),
        QueueTimeout = FastCgiSettings.QueueTimeout.Resolve(options),
        ConnectTimeout = FastCgiSettings.ConnectTimeout.Resolve(options),
        ResponseHeadTimeout = FastCgiSettings.ResponseHeadTimeout.Resolve(options),
        KeepAlive = FastCgiSettings.KeepAlive.Resolve(options),
        IdleTimeout = FastCgiSettings.IdleTimeout.Resolve(options),
        MaxIdleConnections = FastCgiSettings.MaxIdleConnections.Resolve(options),
        MaxRequestsPerConnection = FastCgiSettings.MaxRequestsPerConnection.Resolve(options),
        MaxConnectionLifetime = options.MaxConnectionLifetime
            ?? (FastCgiSettings.Multiplexing.Resolve(options) ? FastCgiSettings.MultiplexedConnectionLifetime : FastCgiSettings.MaxConnectionLifetime.Default),
        MaxResponseHeadSize = FastCgiSettings.MaxResponseHeadSize.Resolve(options),
        Multiplexing = FastCgiSettings.Multiplexing.Resolve(options),
        MaxMultiplexedRequests = FastCgiSettings.MaxMultiplexedRequests.Resolve(options),
        MultiplexingBufferSize = FastCgiSettings.MultiplexingBufferSize.Resolve(options),
    };

    private static bool IsAuto(FastCgiClusterOptions options) => options.MaxConnections == FastCgiClusterOptions.AutoMaxConnections;

    private static RetrySettings Retries(FastCgiClusterOptions options)
    {
        var causes = RetryCause.None;
        var statuses = new List<StatusRange>();
        foreach (var text in FastCgiSettings.RetryOn.Resolve(options))
        {
            if (RetryCauses.TryParse(text, out var cause))
            {
                causes |= cause;
            }
            else if (StatusRange.TryParse(text, out var range))
            {
                statuses.Add(range);
            }
        }

        return new RetrySettings
        {
            MaxAttempts = FastCgiSettings.RetryMaxAttempts.Resolve(options),
            Causes = causes,
            Statuses = statuses,
            Methods = FastCgiSettings.RetryMethods.Resolve(options).ToFrozenSet(StringComparer.Ordinal),
            Budget = FastCgiSettings.RetryBudget.Resolve(options),
        };
    }

    // Script names begin with a slash and are put behind the root; "/" itself stays.
    private static string? TrimEnd(string? path) => path?.TrimEnd('/') is "" ? "/" : path?.TrimEnd('/');
}
