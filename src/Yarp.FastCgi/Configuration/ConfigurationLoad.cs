using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The configuration that is being loaded, as a whole: YARP shows filters and validators one cluster or route at a time,
/// all clusters first, but a route marks its cluster, and a route's options are judged with its cluster's defaults.
/// Also carries what the filter found wrong to the validators, which can report it together with everything else.
/// YARP loads one configuration at a time, so this needs no lock.
/// </summary>
internal sealed class ConfigurationLoad(IEnumerable<IAppliedConfigurationListener> listeners) : IConfigChangeListener
{
    private readonly Dictionary<string, LoadedCluster> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, LoadedRoute> _routes = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<IProxyConfig> _configs = [];

    /// <summary>The routes of a cluster as their providers gave them.</summary>
    public IEnumerable<RouteConfig> RoutesOf(ClusterConfig cluster)
        => _configs
            .SelectMany(config => config.Routes ?? [])
            .Where(route => string.Equals(route.ClusterId, cluster.ClusterId, StringComparison.OrdinalIgnoreCase));

    /// <summary>Keeps a cluster as the filter left it, the route that marked it, and what the filter found wrong.</summary>
    public void Add(ClusterConfig cluster, RouteConfig? markingRoute, IReadOnlyList<string> errors)
        => _clusters[cluster.ClusterId] = new LoadedCluster(cluster, markingRoute, errors);

    /// <summary>Keeps a route as the filter left it, and what the filter found wrong.</summary>
    public void Add(RouteConfig route, IReadOnlyList<string> errors) => _routes[route.RouteId ?? ""] = new LoadedRoute(route, errors);

    /// <summary>The clusters so far, first to last, also those that are invalid.</summary>
    public IEnumerable<ClusterConfig> Clusters => _clusters.Values.Select(static cluster => cluster.Config);

    /// <summary>The cluster, also when it is invalid; null when there is none.</summary>
    public ClusterConfig? FindCluster(string? clusterId) => Find(clusterId)?.Config;

    /// <summary>The route that marked the cluster; null when the mark is its own.</summary>
    public RouteConfig? FindMarkingRoute(ClusterConfig cluster) => Find(cluster.ClusterId)?.MarkingRoute;

    public IReadOnlyList<string> ErrorsOf(ClusterConfig cluster) => Find(cluster.ClusterId)?.Errors ?? [];

    public IReadOnlyList<string> ErrorsOf(RouteConfig route) => _routes.GetValueOrDefault(route.RouteId ?? "")?.Errors ?? [];

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs) => Begin(proxyConfigs);

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
    {
    }

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        // Nothing is loaded anew when a change turns out to be none.
        if (_routes.Count + _clusters.Count > 0)
        {
            var routes = GetFastCgiRoutes();
            foreach (var listener in listeners)
            {
                listener.OnApplied(routes);
            }
        }

        Begin([]);
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) => Begin([]);

    private LoadedCluster? Find(string? clusterId) => clusterId is null ? null : _clusters.GetValueOrDefault(clusterId);

    private List<AppliedRoute> GetFastCgiRoutes()
    {
        var routes = new List<AppliedRoute>();
        foreach (var route in _routes.Values)
        {
            if (Find(route.Config.ClusterId) is { } cluster && TransportMark.IsFastCgi(cluster.Config.Metadata))
            {
                routes.Add(new AppliedRoute(route.Config, cluster.Config));
            }
        }

        return routes;
    }

    private void Begin(IReadOnlyList<IProxyConfig> configs)
    {
        _clusters.Clear();
        _routes.Clear();
        _configs = configs;
    }

    private sealed record LoadedRoute(RouteConfig Config, IReadOnlyList<string> Errors);

    private sealed record LoadedCluster(ClusterConfig Config, RouteConfig? MarkingRoute, IReadOnlyList<string> Errors);
}
