using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Management;

/// <summary>
/// Not ready when no cluster has a destination that YARP would send a request to, nor, after the start, while a cluster with active health probes waits for their first
/// result; only degraded, and still ready, when some clusters have a destination and others have none, or when requests queue at one.
/// </summary>
internal sealed class DestinationsCheck(IProxyStateLookup state) : IHealthCheck
{
    // Only the start waits: destinations that come later are in use before their first probe, and another cluster's requests go on meanwhile.
    private volatile bool _hasFirstResults;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!_hasFirstResults)
        {
            var unprobed = state.GetClusters().Where(IsUnprobed).Select(cluster => cluster.ClusterId).ToList();
            if (unprobed.Count > 0)
            {
                return Task.FromResult(HealthCheckResult.Unhealthy(string.Join("; ", Describe("waiting for the first health probe of cluster", unprobed))));
            }

            _hasFirstResults = true;
        }

        var available = 0;
        var without = new List<string>();
        var congested = new List<string>();
        foreach (var cluster in state.GetClusters())
        {
            if (cluster.DestinationsState.AvailableDestinations.Count > 0)
            {
                available++;
            }
            else
            {
                without.Add(cluster.ClusterId);
            }

            congested.AddRange(FindCongested(cluster));
        }

        if (without.Count == 0 && congested.Count == 0)
        {
            return Task.FromResult(HealthCheckResult.Healthy());
        }

        var description = string.Join("; ", Describe("no available destination in cluster", without).Concat(Describe("a queue that does not shrink at destination", congested)));
        return Task.FromResult(available > 0 ? HealthCheckResult.Degraded(description) : HealthCheckResult.Unhealthy(description));
    }

    // YARP sends requests to destinations that it knows nothing of.
    private static bool IsUnprobed(ClusterState cluster)
        => cluster.Model?.Config.HealthCheck?.Active?.Enabled == true
            && cluster.DestinationsState.AllDestinations is { Count: > 0 } destinations
            && destinations.All(static destination => destination.Health.Active == DestinationHealth.Unknown);

    // Known only where a cluster's StatusPath, or MaxConnections: auto, has the application asked.
    private static IEnumerable<string> FindCongested(ClusterState cluster)
        => (cluster.Model?.HttpClient as FastCgiMessageInvoker)?.Pools is { } pools
            ? cluster.DestinationsState.AllDestinations
                .Where(destination => pools.Get(destination.Model.Config.Address).Load is { IsCongested: true })
                .Select(destination => $"{cluster.ClusterId}/{destination.DestinationId}")
            : [];

    private static IEnumerable<string> Describe(string what, List<string> which)
        => which.Count == 0 ? [] : [$"{what} {string.Join(", ", which.Order(StringComparer.Ordinal))}"];
}
