using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Health;
using Yarp.FastCgi.Retries;

namespace Yarp.FastCgi.Transport;

/// <summary>
/// Sends a request message to a FastCGI application: for YARP's active health checks and for code that has no HttpContext.
/// </summary>
internal sealed class FastCgiMessageHandler : HttpMessageHandler
{
    /// <summary>The option of a request message that holds the FastCGI address, which is no URI.</summary>
    public static readonly HttpRequestOptionsKey<string> AddressKey = new("Yarp.FastCgi.Address");

    /// <summary>The option of a request message that is a probe: the FastCGI address of the destination that it asks about.</summary>
    public static readonly HttpRequestOptionsKey<string> ProbedAddressKey = new("Yarp.FastCgi.ProbedAddress");

    private static readonly TimeSpan ActivityTimeout = TimeSpan.FromSeconds(100);

    private readonly DestinationPools _pools;
    private readonly FastCgiApplication _application;
    private readonly RequestHeaderEncoding _headerEncoding;
    private readonly FastCgiExchanges _exchanges;

    public FastCgiMessageHandler(DestinationPools pools, FastCgiApplication application, RequestHeaderEncoding headerEncoding, FastCgiExchanges exchanges)
    {
        _pools = pools;
        _application = application;
        _headerEncoding = headerEncoding;
        _exchanges = exchanges;
    }

    /// <exception cref="HttpRequestException">The request failed; the inner exception says how.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri ?? throw new InvalidOperationException("The request message has no RequestUri.");
        var address = request.Options.TryGetValue(AddressKey, out var given) ? given : uri.GetLeftPart(UriPartial.Authority);
        return request.Options.TryGetValue(ProbedAddressKey, out var probed)
            ? ProbeAsync(request, uri, address, probed, cancellationToken)
            : SendAsync(request, uri, address, _pools, cancellationToken);
    }

    /// <summary>Sends a probe on the connections that are reserved for probes, and reads its answer whole.</summary>
    private async Task<HttpResponseMessage> ProbeAsync(HttpRequestMessage request, Uri uri, string address, string probed, CancellationToken cancellationToken)
    {
        var destination = _pools.Get(probed);
        var answered = destination.AnsweredCount;
        try
        {
            using var response = await SendAsync(request, uri, address, _pools.Probes, cancellationToken).ConfigureAwait(false);
            return await ProbeAnswer.ReadAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (ProbeAnswer.IsLate(exception) && (destination.IsSaturated || destination.AnsweredCount != answered))
        {
            throw ProbeAnswer.Busy(destination.Endpoint, exception);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Uri uri, string address, DestinationPools pools, CancellationToken cancellationToken)
    {
        var cgi = CreateRequest(request, uri);
        var script = _application.Scripts.ResolveProbe(cgi.Path);
        if (script.Outcome != ScriptOutcome.Script)
        {
            throw new HttpRequestException($"The path of {uri} is none that a script can have.");
        }

        try
        {
            var pool = pools.Get(address);
            var body = request.Content is { } content ? new StreamedRequestBody(PipeReader.Create(await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false)), content.Headers.ContentLength) : null;
            using var writer = new RequestWriter();
            Write(writer, request, cgi with { ContentLength = body?.Length }, script, pools.Settings.KeepAlive);
            if (body is null)
            {
                writer.EndStdin();
            }

            var target = new ForwardingTarget(pool, pools.Settings, RetryPolicy.SameDestination);
            var exchange = _exchanges.Begin(new ExchangeRequest
            {
                Target = target,
                Site = new RequestSite(context: null, pool.Endpoint),
                Method = cgi.Method,
                ActivityTimeout = ActivityTimeout,
                Params = _application.Params,
                ScriptName = script.ScriptName,
                IsOfMessage = true,
            });
            return await ExchangeAsync(exchange, writer, body, request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is FastCgiException { Error: FastCgiError.Canceled } && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (Exception exception) when (exception is FastCgiException or FormatException)
        {
            throw new HttpRequestException(exception.Message, exception);
        }
    }

    private async ValueTask<HttpResponseMessage> ExchangeAsync(
        FastCgiExchange exchange, RequestWriter writer, RequestBody? body, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            await exchange.SendAsync(writer, body, cancellationToken).ConfigureAwait(false);
            var head = await ResponseHead.ReadFinalAsync(exchange, _application.Settings.AcceptStatusLine).ConfigureAwait(false);
            exchange.OnStatus(head.StatusCode);
            var response = TransformedResponse.CreateMessage(exchange, head, new FastCgiResponseContent(exchange, head, ownsExchange: true));
            response.RequestMessage = request;
            return response;
        }
        catch (Exception exception)
        {
            exchange.OnFailure(ErrorTypes.Get(exception, cancellationToken.IsCancellationRequested), exception.Message);
            await exchange.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static CgiRequest CreateRequest(HttpRequestMessage request, Uri uri)
    {
        var path = PathString.FromUriComponent(uri);
        return new CgiRequest
        {
            Method = request.Method.Method,
            Path = path.Value is { Length: > 0 } value ? value : "/",
            PathBase = "",
            MountPrefix = "",
            Query = uri.Query,
            RequestUri = uri.PathAndQuery,
            Host = request.Headers.Host ?? uri.Authority,
            Scheme = Uri.UriSchemeHttp,
            Protocol = HttpProtocol.Http11,
            RemoteAddress = System.Net.IPAddress.Loopback,
            LocalAddress = System.Net.IPAddress.Loopback,
            ContentType = request.Content?.Headers.ContentType?.ToString(),
        };
    }

    private void Write(RequestWriter writer, HttpRequestMessage request, in CgiRequest cgi, in ScriptLocation script, bool keepAlive)
    {
        writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Responder, keepAlive);
        var parameters = new CgiParamsWriter(writer, _application, _headerEncoding, context: null);
        parameters.WriteRequest(cgi, script);
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            parameters.WriteHeader(name, new StringValues([.. values]));
        }

        writer.EndParams();
    }
}
