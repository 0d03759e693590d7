using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>The destination whose workers have the least to do, seen from our own connections: requests at work and in the queue.</summary>
internal sealed class FastCgiLeastBusyPolicy : ILoadBalancingPolicy
{
    private readonly ConditionalWeakTable<ClusterState, StrongBox<int>> _turns = [];

    public string Name => FastCgiLoadBalancingPolicies.FastCgiLeastBusy;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        var count = availableDestinations.Count;
        if (count <= 1)
        {
            return count == 0 ? null : availableDestinations[0];
        }

        var pools = (cluster.Model.HttpClient as FastCgiMessageInvoker)?.Pools;

        // Among equals it goes round: a fixed order would send everything to the first one while there is little to do.
        var turn = (uint)Interlocked.Increment(ref _turns.GetOrCreateValue(cluster).Value);
        var best = availableDestinations[(int)(turn % (uint)count)];
        var lowest = DestinationLoad.Of(pools, best);
        for (var i = 1U; i < (uint)count; i++)
        {
            var destination = availableDestinations[(int)((turn + i) % (uint)count)];
            var load = DestinationLoad.Of(pools, destination);
            if (load < lowest)
            {
                best = destination;
                lowest = load;
            }
        }

        return best;
    }
}
