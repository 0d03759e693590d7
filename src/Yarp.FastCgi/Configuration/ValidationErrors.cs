using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>Errors in the form in which YARP collects them, each naming its route or cluster.</summary>
internal static class ValidationErrors
{
    public static void Add(this IList<Exception> errors, ClusterConfig cluster, string error)
        => errors.Add(new ArgumentException($"Cluster '{cluster.ClusterId}': {error}"));

    public static void Add(this IList<Exception> errors, RouteConfig route, string error)
        => errors.Add(new ArgumentException($"Route '{route.RouteId}': {error}"));
}
