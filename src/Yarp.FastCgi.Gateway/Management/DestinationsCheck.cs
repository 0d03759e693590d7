using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;

namespace Yarp.FastCgi.Gateway.Management;

/// <summary>
/// Not ready when no cluster has a destination that YARP would send a request to; only degraded, and still ready, when some have one
/// and others have none.
/// </summary>
internal sealed class DestinationsCheck(IProxyStateLookup state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var available = 0;
        var without = new List<string>();
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
        }

        if (without.Count == 0)
        {
            return Task.FromResult(HealthCheckResult.Healthy());
        }

        var description = $"no available destination in cluster {string.Join(", ", without.Order(StringComparer.Ordinal))}";
        return Task.FromResult(available > 0 ? HealthCheckResult.Degraded(description) : HealthCheckResult.Unhealthy(description));
    }
}
