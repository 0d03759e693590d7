using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Retries;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Transport;

/// <summary>The seam: requests for a FastCGI cluster go to FastCGI, all others to YARP's own forwarder, untouched.</summary>
internal sealed class TransportForwarder : IHttpForwarder
{
    private readonly IHttpForwarder _inner;
    private readonly FastCgiForwarder _fastCgi;
    private readonly OtherDestinations _others;

    public TransportForwarder([FromKeyedServices(ServiceDecoration.Inner)] IHttpForwarder inner, FastCgiForwarder fastCgi, OtherDestinations others)
    {
        _inner = inner;
        _fastCgi = fastCgi;
        _others = others;
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
            new ForwardingTarget(invoker.Pools.Get(destinationPrefix), invoker.Pools.Settings, invoker.Retries, invoker.Pools, _others),
            route?.Application ?? invoker.Application,
            requestConfig,
            route is { IsTrivial: true } || ReferenceEquals(transformer, HttpTransformer.Default) ? null : transformer,
            cancellationToken);
    }
}
