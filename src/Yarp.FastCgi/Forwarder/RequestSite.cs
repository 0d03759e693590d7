using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Client;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Where a request goes, for messages: put into words only when one is written.</summary>
internal readonly struct RequestSite(HttpContext? context, FastCgiEndpoint endpoint)
{
    /// <summary>Null for a request that is none of a client.</summary>
    public HttpContext? Context => context;

    public override string ToString()
    {
        if (context?.Features.Get<IReverseProxyFeature>() is { } proxy)
        {
            return $"route '{proxy.Route.Config.RouteId}', cluster '{proxy.Cluster.Config.ClusterId}', destination '{proxy.ProxiedDestination?.DestinationId}' ({endpoint})";
        }

        return context?.GetEndpoint()?.DisplayName is { } name ? $"endpoint '{name}' ({endpoint})" : endpoint.ToString();
    }
}
