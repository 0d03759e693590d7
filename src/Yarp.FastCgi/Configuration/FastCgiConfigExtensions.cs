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

    /// <summary>A copy of the destination with the options in its metadata.</summary>
    /// <param name="destination">The destination of a cluster that is reached by FastCGI.</param>
    /// <param name="options">The options; they replace all FastCGI options that the destination has.</param>
    /// <returns>The copy.</returns>
    public static DestinationConfig WithFastCgi(this DestinationConfig destination, FastCgiDestinationOptions options)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(options);
        return destination with { Metadata = Replace(MetadataKeyComparer.Copy(destination.Metadata), options) };
    }

    private static Dictionary<string, string> Mark(IReadOnlyDictionary<string, string>? metadata, FastCgiRouteOptions options)
        => Replace(TransportMark.Add(metadata), options);

    private static Dictionary<string, string> Replace(Dictionary<string, string> metadata, IFastCgiOptions options)
    {
        foreach (var key in metadata.Keys)
        {
            if (FastCgiMetadata.IsOption(key))
            {
                metadata.Remove(key);
            }
        }

        FastCgiMetadata.Write(options, metadata);
        return metadata;
    }
}
