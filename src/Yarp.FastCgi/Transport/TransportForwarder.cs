using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Forwarder;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Transport;

/// <summary>The seam: requests for a FastCGI cluster go to FastCGI, all others to YARP's own forwarder, untouched.</summary>
internal sealed class TransportForwarder : IHttpForwarder
{
    private readonly IHttpForwarder _inner;
    private readonly FastCgiForwarder _fastCgi;

    public TransportForwarder([FromKeyedServices(ServiceDecoration.Inner)] IHttpForwarder inner, FastCgiForwarder fastCgi)
    {
        _inner = inner;
        _fastCgi = fastCgi;
    }

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer)
        => SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context,
        string destinationPrefix,
        HttpMessageInvoker httpClient,
        ForwarderRequestConfig requestConfig,
        HttpTransformer transformer,
        CancellationToken cancellationToken)
    {
        if (httpClient is not FastCgiMessageInvoker invoker)
        {
            return _inner.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        }

        var route = transformer as FastCgiTransformer;
        return _fastCgi.ForwardAsync(
            context,
            invoker.Pools.Get(destinationPrefix),
            invoker.Pools.Settings,
            route?.Application ?? invoker.Application,
            requestConfig,
            route is { IsTrivial: true } || ReferenceEquals(transformer, HttpTransformer.Default) ? null : transformer,
            cancellationToken);
    }
}
