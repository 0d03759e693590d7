using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Makes metadata the single truth: folds the configuration sections into it, and spreads the mark of a route to its
/// cluster and of a cluster to its routes. Errors of the user go to the validators; nothing is thrown for them.
/// </summary>
internal sealed class FastCgiConfigFilter(ConfigurationFolder folder, ConfigurationLoad load) : IProxyConfigFilter
{
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        var errors = new List<string>();
        var metadata = folder.FoldCluster(cluster, errors);
        var markingRoute = TransportMark.Find(metadata) is null ? FindMarkingRoute(cluster) : null;
        cluster = cluster with
        {
            Metadata = markingRoute is null ? metadata : TransportMark.Add(metadata),
            Destinations = folder.FoldDestinations(cluster, errors),
        };
        load.Add(cluster, markingRoute, errors);
        return ValueTask.FromResult(cluster);
    }

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        var errors = new List<string>();
        var metadata = folder.FoldRoute(route, errors);

        // YARP gives no cluster at all when one of the clusters is invalid.
        cluster ??= load.FindCluster(route.ClusterId);
        if (cluster is not null)
        {
            if (TransportMark.Find(metadata) is not { } mark)
            {
                metadata = TransportMark.IsFastCgi(cluster.Metadata) ? TransportMark.Add(metadata) : metadata;
            }
            else if (TransportMark.Contradict(mark, TransportMark.Find(cluster.Metadata)))
            {
                errors.Add($"'{TransportMark.Key}' is '{mark}', but its cluster '{cluster.ClusterId}' {DescribeMark(cluster)}.");
            }
        }

        route = route with { Metadata = metadata };
        load.Add(route, errors);
        return ValueTask.FromResult(route);
    }

    private string DescribeMark(ClusterConfig cluster)
        => (TransportMark.Find(cluster.Metadata), load.FindMarkingRoute(cluster)) switch
        {
            (null, _) => "is not marked: a filter that marks a route must mark its cluster as well",
            ({ } mark, null) => $"is marked '{mark}': all routes of a cluster have its transport",
            ({ } mark, { } route) => $"is marked '{mark}' by its route '{route.RouteId}': all routes of a cluster have its transport",
        };

    private RouteConfig? FindMarkingRoute(ClusterConfig cluster)
        => load.RoutesOf(cluster).FirstOrDefault(route => TransportMark.IsFastCgi(folder.FoldRoute(route, [])));
}
