using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Forwarder;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Authorization;

/// <summary>Chooses among the destinations of an authorizer's cluster and reports how they did, by YARP's own policies.</summary>
internal sealed class AuthorizerDestinations(IEnumerable<ILoadBalancingPolicy> loadBalancing, IEnumerable<IPassiveHealthCheckPolicy> passiveHealth)
{
    private readonly FrozenDictionary<string, ILoadBalancingPolicy> _loadBalancing = loadBalancing.ToFrozenDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);
    private readonly FrozenDictionary<string, IPassiveHealthCheckPolicy> _passiveHealth = passiveHealth.ToFrozenDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);

    /// <returns>Null when none is available.</returns>
    public DestinationState? Pick(HttpContext context, ClusterState cluster)
    {
        var available = cluster.DestinationsState.AvailableDestinations;
        return available.Count switch
        {
            0 => null,
            1 => available[0],
            _ => _loadBalancing[cluster.Model.Config.LoadBalancingPolicy ?? LoadBalancingPolicies.PowerOfTwoChoices].PickDestination(context, cluster, available),
        };
    }

    /// <summary>Lets passive health checks hear of a request to an authorizer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="cluster">The authorizer's cluster.</param>
    /// <param name="destination">The destination that was asked.</param>
    /// <param name="failure">What failed; null when the authorizer answered.</param>
    public void Report(HttpContext context, ClusterState cluster, DestinationState destination, ForwardingFailure? failure)
    {
        if (cluster.Model.Config.HealthCheck?.Passive is not { Enabled: true } options)
        {
            return;
        }

        // The policies look for it there. What the request's own destination is judged by stays.
        var own = context.Features.Get<IForwarderErrorFeature>();
        context.Features.Set<IForwarderErrorFeature>(failure is { } known ? new FastCgiErrorFeature(known.Error, Exception: null) : null);
        _passiveHealth[options.Policy ?? HealthCheckConstants.PassivePolicy.TransportFailureRate].RequestProxied(context, cluster, destination);
        context.Features.Set(own);
    }
}
