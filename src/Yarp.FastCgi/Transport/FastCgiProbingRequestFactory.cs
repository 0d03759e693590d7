using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Transport;

/// <summary>Makes the probes of FastCGI clusters: a FastCGI address is no URI that YARP's own factory could build on.</summary>
internal sealed class FastCgiProbingRequestFactory : IProbingRequestFactory
{
    private readonly IProbingRequestFactory _inner;

    public FastCgiProbingRequestFactory([FromKeyedServices(ServiceDecoration.Inner)] IProbingRequestFactory inner) => _inner = inner;

    public HttpRequestMessage CreateRequest(ClusterModel cluster, DestinationModel destination)
        => cluster.HttpClient is FastCgiMessageInvoker ? CreateFastCgiRequest(cluster, destination) : _inner.CreateRequest(cluster, destination);

    private static HttpRequestMessage CreateFastCgiRequest(ClusterModel cluster, DestinationModel destination)
    {
        var config = destination.Config;
        var active = cluster.Config.HealthCheck?.Active;
        var uri = new UriBuilder(Uri.UriSchemeHttp, "localhost") { Path = active?.Path ?? "/", Query = active?.Query ?? "" };
        var request = new HttpRequestMessage(HttpMethod.Get, uri.Uri);
        request.Options.Set(FastCgiMessageHandler.AddressKey, config.Health is { Length: > 0 } health ? health : config.Address);
        request.Options.Set(FastCgiMessageHandler.ProbedAddressKey, config.Address);
        if (config.Host is { Length: > 0 } host)
        {
            request.Headers.Host = host;
        }

        request.Headers.TryAddWithoutValidation("User-Agent", "Yarp.FastCgi (active health check)");
        return request;
    }
}
