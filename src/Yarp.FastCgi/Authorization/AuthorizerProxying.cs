using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Authorization;

/// <summary>
/// While an authorizer is asked the request is one to its cluster: that is what YARP's policies (balancing, health, affinity) and retries look at.
/// Authorization runs in front of the proxy, so there is nothing of its own yet that they could find.
/// </summary>
internal readonly struct AuthorizerProxying : IDisposable
{
    private readonly HttpContext _context;
    private readonly IReverseProxyFeature? _own;

    public AuthorizerProxying(HttpContext context, ClusterState cluster)
        : this(context, CreateFeature(context, cluster))
    {
    }

    public AuthorizerProxying(HttpContext context, ReverseProxyFeature feature)
    {
        _context = context;
        _own = context.Features.Get<IReverseProxyFeature>();
        Feature = feature;
        context.Features.Set<IReverseProxyFeature>(feature);
    }

    public ReverseProxyFeature Feature { get; }

    public void Dispose() => _context.Features.Set(_own);

    private static ReverseProxyFeature CreateFeature(HttpContext context, ClusterState cluster)
    {
        var endpoint = context.GetEndpoint();
        var config = endpoint?.Metadata.GetMetadata<RouteModel>()?.Config ?? new RouteConfig { RouteId = endpoint?.DisplayName ?? "", Match = new RouteMatch() };
        var destinations = cluster.DestinationsState;
        return new ReverseProxyFeature
        {
            Route = new RouteModel(config, cluster, HttpTransformer.Default),
            Cluster = cluster.Model,
            AllDestinations = destinations.AllDestinations,
            AvailableDestinations = destinations.AvailableDestinations,
        };
    }
}
