using Yarp.FastCgi;
using Yarp.FastCgi.Configuration;

namespace Yarp.ReverseProxy.Configuration;

/// <summary>
/// Marks routes and clusters that are made in code as FastCGI. The mark and the options are written into their
/// metadata, where they are validated together with the rest of the configuration when it is loaded.
/// </summary>
public static class FastCgiConfigExtensions
{
    /// <summary>A copy of the cluster that is reached by FastCGI, with the options it has already or none.</summary>
    /// <param name="cluster">The cluster; its destinations have addresses such as <c>unix:/run/app.sock</c> or <c>fastcgi://host:9000</c>.</param>
    /// <returns>The marked copy.</returns>
    public static ClusterConfig WithFastCgi(this ClusterConfig cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return cluster with { Metadata = TransportMark.Add(cluster.Metadata) };
    }

    /// <summary>A copy of the cluster that is reached by FastCGI, with the options in its metadata.</summary>
    /// <param name="cluster">The cluster; its destinations have addresses such as <c>unix:/run/app.sock</c> or <c>fastcgi://host:9000</c>.</param>
    /// <param name="options">The options; they replace all FastCGI options that the cluster has.</param>
    /// <returns>The marked copy.</returns>
    public static ClusterConfig WithFastCgi(this ClusterConfig cluster, FastCgiClusterOptions options)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(options);
        return cluster with { Metadata = Mark(cluster.Metadata, options) };
    }

    /// <summary>A copy of the route whose cluster is reached by FastCGI, with the options it has already or none.</summary>
    /// <param name="route">The route. The mark holds for its cluster as well.</param>
    /// <returns>The marked copy.</returns>
    public static RouteConfig WithFastCgi(this RouteConfig route)
    {
        ArgumentNullException.ThrowIfNull(route);
        return route with { Metadata = TransportMark.Add(route.Metadata) };
    }

    /// <summary>A copy of the route whose cluster is reached by FastCGI, with the options in its metadata.</summary>
    /// <param name="route">The route. The mark holds for its cluster as well.</param>
    /// <param name="options">
    /// The options; they replace all FastCGI options that the route has. Those that only a cluster can have are an error
    /// when the configuration is loaded.
    /// </param>
    /// <returns>The marked copy.</returns>
    public static RouteConfig WithFastCgi(this RouteConfig route, FastCgiRouteOptions options)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(options);
        return route with { Metadata = Mark(route.Metadata, options) };
    }

    private static Dictionary<string, string> Mark(IReadOnlyDictionary<string, string>? metadata, FastCgiRouteOptions options)
    {
        var marked = TransportMark.Add(metadata);
        foreach (var key in marked.Keys)
        {
            if (FastCgiMetadata.IsOption(key))
            {
                marked.Remove(key);
            }
        }

        FastCgiMetadata.Write(options, marked);
        return marked;
    }
}
