using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>
/// Smooth weighted round robin: each pick pays every destination its weight, the richest is taken and pays what all were paid. Weights 5, 1, 1
/// give a a b a c a a, not five times a in a row.
/// </summary>
internal sealed class WeightedRoundRobinPolicy : ILoadBalancingPolicy
{
    private readonly ConditionalWeakTable<ClusterState, Lock> _locks = [];
    private readonly ConditionalWeakTable<DestinationState, Account> _accounts = [];

    public string Name => FastCgiLoadBalancingPolicies.WeightedRoundRobin;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        Account? richest = null;
        DestinationState? winner = null;
        var paid = 0;

        // The other parties are the picks of other requests: a turn is taken as a whole.
        lock (_locks.GetOrCreateValue(cluster))
        {
            for (var i = 0; i < availableDestinations.Count; i++)
            {
                var destination = availableDestinations[i];
                var account = _accounts.GetOrCreateValue(destination);
                var weight = account.GetWeight(destination.Model);
                account.Balance += weight;
                paid += weight;
                if (richest is null || account.Balance > richest.Balance)
                {
                    richest = account;
                    winner = destination;
                }
            }

            if (richest is not null)
            {
                richest.Balance -= paid;
            }
        }

        return winner;
    }

    /// <summary>Guarded by the lock of the cluster.</summary>
    private sealed class Account
    {
        private DestinationModel? _model;
        private int _weight;

        public int Balance { get; set; }

        /// <summary>Read once for each configuration of the destination.</summary>
        public int GetWeight(DestinationModel model)
        {
            if (!ReferenceEquals(model, _model))
            {
                _model = model;
                _weight = DestinationWeight.Read(model.Config.Metadata, []);

                // What was saved up under another weight, perhaps out of service for hours, must not come in one burst.
                Balance = 0;
            }

            return _weight;
        }
    }
}
