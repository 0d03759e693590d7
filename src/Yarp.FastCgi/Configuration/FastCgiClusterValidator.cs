using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.ClusterValidators;

namespace Yarp.FastCgi.Configuration;

/// <summary>The options and the mark of a cluster.</summary>
internal sealed class FastCgiClusterValidator(ConfigurationLoad load) : IClusterValidator
{
    public ValueTask ValidateAsync(ClusterConfig cluster, IList<Exception> errors)
    {
        var found = new List<string>(load.ErrorsOf(cluster));
        var options = FastCgiMetadata.ReadCluster(cluster.Metadata, found);
        OptionsRules.CheckDirectories(options, found);
        OptionsRules.CheckPhpSettings(options, found);
        TransportMark.Check(cluster.Metadata, "the cluster or to a route of it", found);

        foreach (var error in found)
        {
            errors.Add(cluster, error);
        }

        return ValueTask.CompletedTask;
    }
}
