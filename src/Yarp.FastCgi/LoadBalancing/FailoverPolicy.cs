using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>
/// The first available destination in the order of the configuration. YARP hands the destinations over in the order of a hash table, so the
/// order is looked up in the configuration.
/// </summary>
internal sealed class FailoverPolicy : ILoadBalancingPolicy
{
    private readonly ConditionalWeakTable<ClusterModel, FrozenDictionary<string, int>> _ranks = [];

    public string Name => FastCgiLoadBalancingPolicies.Failover;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        var ranks = _ranks.GetValue(cluster.Model, Rank);
        DestinationState? first = null;
        var lowest = int.MaxValue;
        for (var i = 0; i < availableDestinations.Count; i++)
        {
            var destination = availableDestinations[i];

            // One that the model does not have any more, or not yet, comes last: the two are swapped one behind the other.
            var rank = ranks.GetValueOrDefault(destination.DestinationId, int.MaxValue);
            if (first is null || rank < lowest)
            {
                first = destination;
                lowest = rank;
            }
        }

        return first;
    }

    private static FrozenDictionary<string, int> Rank(ClusterModel model)
        => (model.Config.Destinations?.Keys ?? [])
            .Select((id, rank) => KeyValuePair.Create(id, rank))
            .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
}
