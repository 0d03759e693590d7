using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.ClusterValidators;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>The settings of our load-balancing policies, on clusters of any kind.</summary>
internal sealed class LoadBalancingValidator : IClusterValidator
{
    public ValueTask ValidateAsync(ClusterConfig cluster, IList<Exception> errors)
    {
        var found = new List<string>();
        IpHashPrefixes.Read(cluster.Metadata, found);
        foreach (var (name, destination) in cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
        {
            var own = new List<string>();
            DestinationWeight.Read(destination.Metadata, own);
            found.AddRange(own.Select(error => $"destination '{name}': {error}"));
        }

        foreach (var error in found)
        {
            errors.Add(cluster, error);
        }

        return ValueTask.CompletedTask;
    }
}
