using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// The client's connection, or its stream of HTTP/2, behind the application's 101: what the client sends goes to STDIN, STDOUT goes to the
/// client, both as they come and as fast as the other side takes them, until one of them ends.
/// </summary>
internal sealed class UpgradedConnection
{
    // Bytes handed to the client before they are flushed although more is at hand.
    private const int FlushThreshold = 64 * 1024;

    // For an application to notice the end of STDIN when the client is gone.
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);

    private readonly HttpContext _context;
    private readonly UpgradeRequest _upgrade;
    private readonly FastCgiExchange _exchange;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    public UpgradedConnection(HttpContext context, UpgradeRequest upgrade, FastCgiExchange exchange, TimeProvider timeProvider, ILogger logger)
    {
        _context = context;
        _upgrade = upgrade;
        _exchange = exchange;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>Upgrades the client and serves it to the end.</summary>
    /// <param name="head">The application's head, whose status is 101.</param>
    /// <param name="hidden">Fields that the client does not get.</param>
    /// <param name="transformer">The route's transforms; null when they change nothing.</param>
    /// <param name="cancellationToken">The caller's: gives the request up. The client's going away is no cancellation here.</param>
    /// <exception cref="FastCgiException">The head is no valid answer to the upgrade, or the request was given up before it.</exception>
    public async ValueTask<ForwarderError> RunAsync(ResponseHead head, HiddenFields hidden, HttpTransformer? transformer, CancellationToken cancellationToken)
    {
        CheckHead(head);
        if (!await SetHeadAsync(head, hidden, transformer).ConfigureAwait(false))
        {
            // The transforms have answered otherwise.
            _exchange.Abort();
            return ForwarderError.None;
        }

        // From here on a client that goes away ends STDIN first, and the application has some time to make something of that.
        _exchange.LeaveCancellationToCaller();
        Stream client;
        try
        {
            client = await AcceptAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException)
        {
            var cause = new InvalidOperationException($"The server did not upgrade the client's connection: {exception.Message} (Kestrel's limit is MaxConcurrentUpgradedConnections.)", exception);
            return await FailAsync(new ForwardingFailure(ForwarderError.UpgradeResponseClient, StatusCodes.Status503ServiceUnavailable), cause, transformer).ConfigureAwait(false);
        }

        await using (client.ConfigureAwait(false))
        {
            // The route's Timeout was for the answer, which is there: a conversation takes as long as it takes.
            _context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
            try
            {
                await CarryAsync(client, cancellationToken).ConfigureAwait(false);
                return ForwarderError.None;
            }
            catch (Exception exception) when (Classify(exception) is { } failure)
            {
                return await FailAsync(failure, _exchange.ClientBodyFailure ?? exception, transformer).ConfigureAwait(false);
            }
            finally
            {
                // Nobody may read from the client any more when it is the server's again.
                await _exchange.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <exception cref="FastCgiException">InvalidResponseHead.</exception>
    private void CheckHead(ResponseHead head)
    {
        var fields = new UpgradeFields();
        _exchange.Response.ReportHead(ref fields);
        if (!fields.NamesProtocol)
        {
            throw Invalid($"has status 101, but its Upgrade does not say '{UpgradeRequest.Protocol}'");
        }

        if (head.IsChunked)
        {
            throw Invalid("has status 101 and a Transfer-Encoding");
        }

        if (!_upgrade.IsAnsweredBy(fields.Accept))
        {
            throw Invalid("has status 101, but its Sec-WebSocket-Accept is not the one for HTTP_SEC_WEBSOCKET_KEY");
        }
    }

    /// <returns>False when the transforms want another response.</returns>
    private async ValueTask<bool> SetHeadAsync(ResponseHead head, HiddenFields hidden, HttpTransformer? transformer)
    {
        var response = _context.Response;
        response.StatusCode = head.StatusCode;
        if (transformer is null)
        {
            var writer = new HttpResponseHeaderWriter(response.Headers, hidden);
            _exchange.Response.ReportHead(ref writer);
        }
        else
        {
            using var message = TransformedResponse.CreateMessage(_exchange, head, new ByteArrayContent([]), hidden);
            message.Content.Headers.ContentLength = null;
            var isWanted = await TransformedResponse.TransformAsync(_context, transformer, message, _context.RequestAborted).ConfigureAwait(false);
            if (response.HasStarted || response.StatusCode != head.StatusCode)
            {
                return false;
            }

            if (!isWanted)
            {
                throw Invalid("has status 101, but the route's transforms suppress the body of the response: nothing would be left of the upgrade");
            }
        }

        if (_upgrade.IsConnect)
        {
            // RFC 8441, section 5.
            response.StatusCode = StatusCodes.Status200OK;
            response.Headers.Remove(HeaderNames.SecWebSocketAccept);
        }
        else
        {
            response.Headers.Upgrade = UpgradeRequest.Protocol;
        }

        return true;
    }

    private async ValueTask<Stream> AcceptAsync() => _upgrade.IsConnect
        ? await _context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync().ConfigureAwait(false)
        : await _context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync().ConfigureAwait(false);

    private async ValueTask CarryAsync(Stream client, CancellationToken cancellationToken)
    {
        using var canceled = cancellationToken.UnsafeRegister(static state => ((FastCgiExchange)state!).Abort(), _exchange);
        using var closing = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _timeProvider);
        using var closed = closing.Token.UnsafeRegister(static state => ((FastCgiExchange)state!).Abort(), _exchange);
        using var gone = _context.RequestAborted.UnsafeRegister(static state => ((CancellationTokenSource)state!).CancelAfter(ClosingTime), closing);

        _exchange.SendStdin(new UpgradedRequestBody(client));
        var output = PipeWriter.Create(client, new StreamPipeWriterOptions(minimumBufferSize: FlushThreshold, leaveOpen: true));
        try
        {
            await CopyToClientAsync(output).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await output.CompleteAsync(exception).ConfigureAwait(false);
            throw;
        }

        await output.CompleteAsync().ConfigureAwait(false);
    }

    private async ValueTask CopyToClientAsync(PipeWriter output)
    {
        var response = _exchange.Response;
        response.BeginBody(length: null, isChunked: false);
        while (true)
        {
            switch (response.TryReadBody(out var content))
            {
                case BodyReadStatus.Content:
                    output.Write(content);
                    if (output.UnflushedBytes >= FlushThreshold)
                    {
                        await FlushAsync(output).ConfigureAwait(false);
                    }

                    break;

                case BodyReadStatus.NeedMoreData when !response.IsBodyComplete:
                    await FlushAsync(output).ConfigureAwait(false);
                    await _exchange.ReceiveAsync().ConfigureAwait(false);
                    break;

                default:
                    await FlushAsync(output).ConfigureAwait(false);
                    _exchange.ReportAppStatus();
                    return;
            }
        }
    }

    private async ValueTask FlushAsync(PipeWriter output)
    {
        if (output.UnflushedBytes == 0)
        {
            return;
        }

        _exchange.Progress();
        using (_exchange.Aborted.UnsafeRegister(static state => ((PipeWriter)state!).CancelPendingFlush(), output))
        {
            await output.FlushAsync().ConfigureAwait(false);
        }

        _exchange.ThrowIfAborted();
        _exchange.Progress();
    }

    /// <summary>As YARP tells failures of an upgraded connection; null for one that nothing explains.</summary>
    private ForwardingFailure? Classify(Exception exception)
    {
        if (exception is FastCgiException { Error: FastCgiError.ActivityTimeout })
        {
            return Cut(ForwarderError.UpgradeActivityTimeout);
        }

        if (_exchange.ClientBodyFailure is { } failure)
        {
            return failure is BadHttpRequestException ? Cut(ForwarderError.UpgradeRequestClient) : Cut(ForwarderError.UpgradeRequestCanceled, isCanceled: true);
        }

        // Nobody misses what an application does not say to a client that is gone.
        if (_context.RequestAborted.IsCancellationRequested || exception is FastCgiException { Error: FastCgiError.Canceled })
        {
            return Cut(ForwarderError.UpgradeRequestCanceled, isCanceled: true);
        }

        return exception switch
        {
            FastCgiException => Cut(ForwarderError.UpgradeResponseDestination),
            OperationCanceledException or IOException => Cut(ForwarderError.UpgradeResponseClient),
            _ => null,
        };
    }

    private static ForwardingFailure Cut(ForwarderError error, bool isCanceled = false) => new(error, StatusCodes.Status502BadGateway, isCanceled);

    private async ValueTask<ForwarderError> FailAsync(ForwardingFailure failure, Exception exception, HttpTransformer? transformer)
    {
        _exchange.OnFailure(ErrorTypes.Get(failure, exception), exception.Message);
        await FailureAnswer.GiveAsync(_context, failure, exception, transformer, _exchange.Site, headIsRead: true, _logger).ConfigureAwait(false);
        return failure.Error;
    }

    private static FastCgiException Invalid(string what)
        => new(FastCgiError.InvalidResponseHead, $"The application's response head {what}.");
}
