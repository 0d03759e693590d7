using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.ClusterValidators;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Transport;

/// <summary>Refuses a FastCGI cluster when the client factory was replaced behind AddFastCgi: its requests would go out as HTTP.</summary>
internal sealed class FastCgiClientFactoryValidator(IForwarderHttpClientFactory factory) : IClusterValidator
{
    public ValueTask ValidateAsync(ClusterConfig cluster, IList<Exception> errors)
    {
        if (TransportMark.IsFastCgi(cluster.Metadata) && factory is not FastCgiClientFactory)
        {
            errors.Add(new ArgumentException(
                $"Cluster '{cluster.ClusterId}' has Transport 'fastcgi', but the client factory in use is {factory.GetType().Name}. Call AddFastCgi() last, behind whatever registers that factory."));
        }

        return ValueTask.CompletedTask;
    }
}
