using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Where a request goes, for messages: put into words only when one is written.</summary>
internal readonly struct RequestSite(HttpContext? context, FastCgiEndpoint? endpoint, AuthorizerSite? authorizer = null)
{
    /// <summary>Null for a request that is none of a client.</summary>
    public HttpContext? Context => context;

    public FastCgiEndpoint? Endpoint => endpoint;

    /// <summary>Whether an authorizer is asked about the request, rather than the application for its answer.</summary>
    public bool IsAuthorizer => authorizer is not null;

    /// <summary>Null for a request that is of no route.</summary>
    public string? RouteId => context?.GetEndpoint()?.Metadata.GetMetadata<RouteModel>()?.Config.RouteId;

    /// <summary>Null without a cluster.</summary>
    public string? ClusterId => authorizer is not null ? authorizer.ClusterId : context?.Features.Get<IReverseProxyFeature>()?.Cluster.Config.ClusterId;

    /// <summary>Null without a cluster.</summary>
    public string? DestinationId
        => authorizer is not null ? authorizer.DestinationId : context?.Features.Get<IReverseProxyFeature>()?.ProxiedDestination?.DestinationId;

    /// <summary>The same request at another destination of the cluster.</summary>
    public RequestSite At(DestinationState destination, FastCgiEndpoint other)
        => new(context, other, authorizer is null ? null : authorizer with { DestinationId = destination.DestinationId });

    /// <summary>The same logger, whose events name the request in their scope.</summary>
    public ILogger Scoped(ILogger logger) => new SiteLogger(logger, this);

    public override string ToString()
    {
        if (authorizer is not null)
        {
            var destination = authorizer.DestinationId is { } id ? $", destination '{id}' ({endpoint})" : "";
            return $"authorizer cluster '{authorizer.ClusterId}'{destination}, asked for {DescribeEndpoint() ?? "a request without endpoint"}";
        }

        if (context?.Features.Get<IReverseProxyFeature>() is { } proxy)
        {
            return $"route '{proxy.Route.Config.RouteId}', cluster '{proxy.Cluster.Config.ClusterId}', destination '{proxy.ProxiedDestination?.DestinationId}' ({endpoint})";
        }

        return DescribeEndpoint() is { } name ? $"{name} ({endpoint})" : $"{endpoint}";
    }

    private string? DescribeEndpoint()
    {
        var matched = context?.GetEndpoint();
        return matched?.Metadata.GetMetadata<RouteModel>() is { } route ? $"route '{route.Config.RouteId}'"
            : matched?.DisplayName is { } name ? $"endpoint '{name}'"
            : null;
    }
}
