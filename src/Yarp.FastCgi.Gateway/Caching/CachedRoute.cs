namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>A request on a route with a policy.</summary>
/// <param name="RouteId">The route.</param>
/// <param name="Policy">Its policy.</param>
/// <param name="Key">The key of what is asked for.</param>
/// <param name="Cookies">Cookies that the application gets.</param>
internal sealed record CachedRoute(string RouteId, CachePolicyOptions Policy, string Key, string Cookies);
