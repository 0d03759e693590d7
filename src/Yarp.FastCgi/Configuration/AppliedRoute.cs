using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>A FastCGI route of the configuration that is in force, with its cluster.</summary>
internal sealed record AppliedRoute(RouteConfig Route, ClusterConfig Cluster)
{
    /// <summary>The options that apply to the route: its own over its cluster's.</summary>
    public FastCgiRouteOptions ReadOptions()
        => SettingsResolver.Merge(FastCgiMetadata.ReadCluster(Cluster.Metadata, []), FastCgiMetadata.ReadRoute(Route.Metadata, []));
}
