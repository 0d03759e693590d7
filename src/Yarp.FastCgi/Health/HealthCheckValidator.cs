using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.ClusterValidators;

namespace Yarp.FastCgi.Health;

/// <summary>Our active health policy judges answers that our own transport has read: no other cluster can have it.</summary>
internal sealed class HealthCheckValidator : IClusterValidator
{
    public ValueTask ValidateAsync(ClusterConfig cluster, IList<Exception> errors)
    {
        var isOurs = FastCgiHealthPolicies.FastCgiProbe.Equals(cluster.HealthCheck?.Active?.Policy, StringComparison.OrdinalIgnoreCase);
        if (isOurs && TransportMark.IsHttpOrNone(cluster.Metadata))
        {
            errors.Add(cluster, $"'HealthCheck:Active:Policy' is '{FastCgiHealthPolicies.FastCgiProbe}', but the cluster is not marked FastCGI: use ConsecutiveFailures.");
        }

        return ValueTask.CompletedTask;
    }
}
