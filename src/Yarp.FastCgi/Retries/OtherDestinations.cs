using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Forwarder;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.SessionAffinity;

namespace Yarp.FastCgi.Retries;

/// <summary>
/// Finds the next destination of a request whose first one failed, by the same rules that found the first: the destinations that are
/// available, the cluster's session affinity, its load-balancing policy. Runs on the way of failure, and for authorizers, whose destinations
/// YARP's pipeline does not choose.
/// </summary>
internal sealed class OtherDestinations
{
    private const string DefaultAffinityPolicy = "HashCookie";
    private const string DefaultPassivePolicy = "TransportFailureRate";

    private readonly IProxyStateLookup _state;
    private readonly Dictionary<string, ILoadBalancingPolicy> _loadBalancing;
    private readonly Dictionary<string, ISessionAffinityPolicy> _affinity;
    private readonly Dictionary<string, IPassiveHealthCheckPolicy> _passiveHealth;

    public OtherDestinations(
        IProxyStateLookup state,
        IEnumerable<ILoadBalancingPolicy> loadBalancing,
        IEnumerable<ISessionAffinityPolicy> affinity,
        IEnumerable<IPassiveHealthCheckPolicy> passiveHealth)
    {
        _state = state;
        _loadBalancing = loadBalancing.ToDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);
        _affinity = affinity.ToDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);
        _passiveHealth = passiveHealth.ToDictionary(policy => policy.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Picks a destination other than the ones that failed, if any did.</summary>
    /// <returns>Null when there is none left.</returns>
    public async ValueTask<DestinationState?> PickAsync(HttpContext context, IReadOnlyCollection<DestinationState> failed, CancellationToken cancellationToken)
    {
        if (!TryGetCluster(context, out var proxy, out var cluster))
        {
            return null;
        }

        var candidates = cluster.DestinationsState.AvailableDestinations;
        if (proxy.Cluster.Config.SessionAffinity is { Enabled: true } affinity
            && _affinity.TryGetValue(affinity.Policy ?? DefaultAffinityPolicy, out var affinityPolicy))
        {
            var bound = await affinityPolicy.FindAffinitizedDestinationsAsync(context, cluster, affinity, candidates, cancellationToken).ConfigureAwait(false);
            candidates = bound.Status == AffinityStatus.OK ? bound.Destinations! : candidates;
        }

        var others = failed.Count == 0 ? candidates : [.. candidates.Where(destination => !failed.Contains(destination))];
        return others.Count == 0 ? null
            : others.Count == 1 ? others[0]
            : _loadBalancing.TryGetValue(proxy.Cluster.Config.LoadBalancingPolicy ?? LoadBalancingPolicies.PowerOfTwoChoices, out var policy)
                ? policy.PickDestination(context, cluster, others)
                : others[0];
    }

    /// <summary>Makes a destination the one that the request goes to, and tells YARP's passive health checks what became of the one before.</summary>
    public void MoveTo(HttpContext context, DestinationState destination, ForwarderError error, Exception? failure)
    {
        if (!TryGetCluster(context, out var proxy, out _))
        {
            return;
        }

        if (error != ForwarderError.None)
        {
            Report(context, error, failure);
        }

        proxy.ProxiedDestination = destination;
    }

    /// <summary>Tells YARP's passive health checks what became of the request at its destination.</summary>
    /// <param name="context">The request.</param>
    /// <param name="error">None when the destination answered.</param>
    /// <param name="failure">What was thrown.</param>
    public void Report(HttpContext context, ForwarderError error, Exception? failure)
    {
        if (TryGetCluster(context, out var proxy, out var cluster)
            && proxy is { ProxiedDestination: { } destination, Cluster.Config.HealthCheck.Passive: { Enabled: true } passive }
            && _passiveHealth.TryGetValue(passive.Policy ?? DefaultPassivePolicy, out var policy))
        {
            // The policy looks for the error in the request's features, where YARP's own middleware finds the last one only.
            var last = context.Features.Get<IForwarderErrorFeature>();
            context.Features.Set<IForwarderErrorFeature>(error == ForwarderError.None ? null : new FastCgiErrorFeature(error, failure));
            policy.RequestProxied(context, cluster, destination);
            context.Features.Set(last);
        }
    }

    private bool TryGetCluster(HttpContext context, [NotNullWhen(true)] out IReverseProxyFeature? proxy, [NotNullWhen(true)] out ClusterState? cluster)
    {
        cluster = null;
        proxy = context.Features.Get<IReverseProxyFeature>();
        return proxy is not null && _state.TryGetCluster(proxy.Cluster.Config.ClusterId, out cluster);
    }
}
