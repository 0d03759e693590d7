using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Retries;

namespace Yarp.FastCgi.Transport;

/// <summary>
/// What YARP holds as the HTTP client of a FastCGI cluster. Its type tells the forwarder where to send a request; as an invoker it
/// serves callers that have a request message, such as YARP's active health checks.
/// </summary>
internal sealed class FastCgiMessageInvoker : HttpMessageInvoker
{
    public FastCgiMessageInvoker(DestinationPools pools, RetryPolicy retries, FastCgiApplication application, FastCgiMessageHandler handler)
        : base(handler, disposeHandler: true)
    {
        Pools = pools;
        Retries = retries;
        Application = application;
    }

    public DestinationPools Pools { get; }

    /// <summary>When requests of the cluster are sent again.</summary>
    public RetryPolicy Retries { get; }

    /// <summary>The application as the cluster describes it; a route may say more.</summary>
    public FastCgiApplication Application { get; }
}
