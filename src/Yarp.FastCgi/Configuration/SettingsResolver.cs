using System.Collections.Frozen;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration.Tables;
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
        return new ProbeSettings(options.ProbeBody?.Trim(), HealthTable.ProbeFailures.Resolve(options));
    }

    /// <summary>What a cluster's applications are asked about their load.</summary>
    public static StatusSettings ResolveStatus(IReadOnlyDictionary<string, string>? clusterMetadata)
    {
        var options = FastCgiMetadata.ReadCluster(clusterMetadata, []);
        return new StatusSettings(
            options.StatusPath, HealthTable.StatusInterval.Resolve(options), IsAuto(options), HealthTable.Gateways.Resolve(options));
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
        ResolveRootSymlink = ScriptTable.ResolveRootSymlink.Resolve(options),
        ScriptsOutsideRoot = ScriptTable.ScriptsOutsideRoot.Resolve(options),
        Index = ScriptTable.Index.Resolve(options),
        ScriptExtensions = ScriptTable.ScriptExtensions.Resolve(options),
        Scripts = ScriptTable.Scripts.Resolve(options),
        CheckFileMaxAge = ScriptTable.CheckFileMaxAge.Resolve(options),
        TryFiles = ScriptTable.TryFiles.Resolve(options),
        CheckFile = ScriptTable.CheckFile.Resolve(options),
        ScriptFile = options.ScriptFile,
        Params = ParamTable.Params.Resolve(options),
        PhpValues = ParamTable.PhpValues.Resolve(options),
        PhpAdminValues = ParamTable.PhpAdminValues.Resolve(options),
        PassRequestHeaders = ParamTable.PassRequestHeaders.Resolve(options),
        UnderscoreHeaders = ParamTable.UnderscoreHeaders.Resolve(options),
        TlsParams = ParamTable.TlsParams.Resolve(options),
        RequestBuffering = RequestTable.RequestBuffering.Resolve(options),
        RequestBufferSize = RequestTable.RequestBufferSize.Resolve(options),
        RequestBufferDirectory = options.RequestBufferDirectory ?? Path.GetTempPath(),
        RequestBodyFileDirectory = TrimEnd(options.RequestBodyFileDirectory),
        LocalRequestBodyFileDirectory = options.LocalRequestBodyFileDirectory ?? options.RequestBodyFileDirectory,
        RequestDrainTimeout = RequestTable.RequestDrainTimeout.Resolve(options),
        IgnoreClientAbort = RequestTable.IgnoreClientAbort.Resolve(options),
        ClientAbortTimeout = RequestTable.ClientAbortTimeout.Resolve(options),
        AcceptStatusLine = ResponseTable.AcceptStatusLine.Resolve(options),
        Upgrade = ResponseTable.Upgrade.Resolve(options),
        LocalRedirect = ResponseTable.LocalRedirect.Resolve(options),
        InterceptErrors = ResponseTable.InterceptErrors.Resolve(options),
        ErrorPath = options.ErrorPath,
        XSendfileRoots = ResponseTable.XSendfileRoots.Resolve(options),
        XAccelRedirect = ResponseTable.XAccelRedirect.Resolve(options),
    };

    private static ConnectionSettings Connections(FastCgiClusterOptions options, HttpClientConfig? httpClient) => new()
    {
        MaxConnections = (IsAuto(options) ? null : options.MaxConnections) ?? httpClient?.MaxConnectionsPerServer ?? ConnectionTable.MaxConnections.Default,
        QueueLimit = ConnectionTable.QueueLimit.Resolve(options),
        QueueTimeout = ConnectionTable.QueueTimeout.Resolve(options),
        ConnectTimeout = ConnectionTable.ConnectTimeout.Resolve(options),
        ResponseHeadTimeout = ConnectionTable.ResponseHeadTimeout.Resolve(options),
        KeepAlive = ConnectionTable.KeepAlive.Resolve(options),
        IdleTimeout = ConnectionTable.IdleTimeout.Resolve(options),
        MaxIdleConnections = ConnectionTable.MaxIdleConnections.Resolve(options),
        MaxRequestsPerConnection = ConnectionTable.MaxRequestsPerConnection.Resolve(options),
        MaxConnectionLifetime = options.MaxConnectionLifetime
            ?? (ConnectionTable.Multiplexing.Resolve(options) ? ConnectionTable.MultiplexedConnectionLifetime : ConnectionTable.MaxConnectionLifetime.Default),
        MaxResponseHeadSize = ConnectionTable.MaxResponseHeadSize.Resolve(options),
        Multiplexing = ConnectionTable.Multiplexing.Resolve(options),
        MaxMultiplexedRequests = ConnectionTable.MaxMultiplexedRequests.Resolve(options),
        MultiplexingBufferSize = ConnectionTable.MultiplexingBufferSize.Resolve(options),
    };

    private static bool IsAuto(FastCgiClusterOptions options) => options.MaxConnections == FastCgiClusterOptions.AutoMaxConnections;

    private static RetrySettings Retries(FastCgiClusterOptions options)
    {
        var causes = RetryCause.None;
        var statuses = new List<StatusRange>();
        foreach (var text in RetryTable.RetryOn.Resolve(options))
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
            MaxAttempts = RetryTable.RetryMaxAttempts.Resolve(options),
            Causes = causes,
            Statuses = statuses,
            Methods = RetryTable.RetryMethods.Resolve(options).ToFrozenSet(StringComparer.Ordinal),
            Budget = RetryTable.RetryBudget.Resolve(options),
        };
    }

    // Script names begin with a slash and are put behind the root; "/" itself stays.
    private static string? TrimEnd(string? path) => path?.TrimEnd('/') is "" ? "/" : path?.TrimEnd('/');
}
