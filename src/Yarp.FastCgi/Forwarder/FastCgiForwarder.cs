using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// Forwards one request to a FastCGI application and its response to the client:
/// <code>
///   (1) run the transforms, if the route has any that matter    client --► gateway
///   (2) find the script
///   (3) receive the body, unless it is streamed                 client --► gateway
///   (4) write the params
///   (5) rent a connection and send                                         gateway --► application
///   (6) read the response head, pass over informational ones               gateway ◄-- application
///   (7) set status and header fields
///   (8) copy the body as it comes                               client ◄-- gateway ◄-- application
///   (9) give the connection back, in step or closed
/// </code>
/// Whatever fails on the way ends in <see cref="FailAsync"/>, which answers, or resets a response that has begun.
/// </summary>
internal sealed class FastCgiForwarder
{
    private static readonly TimeSpan DefaultActivityTimeout = TimeSpan.FromSeconds(100);

    // A body up to this length goes out in the same send as the params.
    private const int MaxInlineBody = 64 * 1024;

    // Bytes handed to the response before it is flushed although more is at hand: where back-pressure begins.
    private const int FlushThreshold = 64 * 1024;

    // Of a body that the client must not get (HEAD, 204, 304), so much is read for the sake of the connection.
    private const int MaxDroppedBody = 256 * 1024;

    private readonly RequestHeaderEncoding _headerEncoding;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;

    public FastCgiForwarder(RequestHeaderEncoding headerEncoding, TimeProvider timeProvider, ILogger<FastCgiForwarder> logger)
    {
        _headerEncoding = headerEncoding;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <param name="context">The request.</param>
    /// <param name="pool">The connections to the destination.</param>
    /// <param name="connections">The cluster's connection settings.</param>
    /// <param name="application">The application behind the route.</param>
    /// <param name="config">YARP's settings: ActivityTimeout and AllowResponseBuffering count here.</param>
    /// <param name="transformer">The route's transforms; null when they change nothing.</param>
    /// <param name="cancellationToken">Gives the request up, as the client's going away does.</param>
    public async ValueTask<ForwarderError> ForwardAsync(
        HttpContext context,
        ConnectionPool pool,
        ConnectionSettings connections,
        FastCgiApplication application,
        ForwarderRequestConfig config,
        HttpTransformer? transformer,
        CancellationToken cancellationToken)
    {
        if (IsResponseSet(context.Response))
        {
            throw new InvalidOperationException("The request cannot be forwarded, the response has already started.");
        }

        var site = new RequestSite(context, pool.Endpoint);
        var activityTimeout = config.ActivityTimeout ?? DefaultActivityTimeout;
        using var linked = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, cancellationToken) : null;
        var aborted = linked?.Token ?? context.RequestAborted;
        var request = CgiRequest.FromHttpContext(context);
        var hasBody = HasBody(context);

        TransformedRequest? transformed = null;
        RequestBody? body = null;
        FastCgiExchange? exchange = null;
        var headIsRead = false;
        try
        {
            // (1)
            if (transformer is not null)
            {
                transformed = await TransformedRequest.CreateAsync(context, transformer, hasBody, aborted).ConfigureAwait(false);
                if (IsResponseSet(context.Response))
                {
                    Log.NotForwarding(_logger, site.ToString());
                    return ForwarderError.None;
                }

                request = transformed.Apply(request, context.Request);
            }

            // (2)
            var script = application.Scripts.Resolve(request.Path);
            if (script.Outcome != ScriptOutcome.Script)
            {
                AnswerWithoutScript(context, script.Outcome, request, site);
                return ForwarderError.None;
            }

            // (3) A full queue is refused before the client is invited to send its body (design decision 2).
            if (hasBody && pool.IsQueueFull)
            {
                throw new FastCgiException(
                    FastCgiError.QueueFull,
                    $"All {connections.MaxConnections} connections to {pool.Endpoint} (MaxConnections) are in use and {connections.QueueLimit} requests wait (QueueLimit).");
            }

            if (hasBody)
            {
                body = await ReceiveBodyAsync(context, application, activityTimeout, aborted).ConfigureAwait(false);
            }

            request = request with { ContentLength = body is not null ? body.Length : GetLengthOfNoBody(context.Request, request.Method) };

            // (4)
            using var writer = new RequestWriter();
            var bodyIsInline = WriteRequest(writer, context.Request, request, transformed, application, script, connections.KeepAlive, body);

            // (5)
            exchange = new FastCgiExchange(pool, connections, activityTimeout, _logger, site);
            await exchange.SendAsync(
                writer.Written,
                bodyIsInline ? null : body,
                mayReplay: IsReplayable(request.Method) && body is null or { CanReplay: true },
                aborted).ConfigureAwait(false);

            // (6)
            var head = await ResponseHead.ReadFinalAsync(exchange).ConfigureAwait(false);
            headIsRead = true;

            // (7), (8)
            if (config.AllowResponseBuffering != true)
            {
                context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            }

            var isBodiless = head.IsBodiless || HttpMethods.IsHead(context.Request.Method);
            if (transformer is not null)
            {
                await TransformedResponse.CopyAsync(context, transformer, exchange, head, isBodiless, this, site, aborted).ConfigureAwait(false);
            }
            else
            {
                SetHead(context, exchange, head, isBodiless);
                await CopyBodyAsync(context, exchange, head, isBodiless, site).ConfigureAwait(false);
            }

            return ForwarderError.None;
        }
        catch (Exception exception) when (ForwardingFailure.Classify(exception, exchange?.ClientBodyFailure, context, headIsRead) is { } failure)
        {
            await FailAsync(context, failure, exchange?.ClientBodyFailure ?? exception, transformer, site, headIsRead).ConfigureAwait(false);
            return failure.Error;
        }
        catch (Exception exception) when (transformed is null && transformer is not null && exchange is null)
        {
            // A transform threw.
            await FailAsync(context, new ForwardingFailure(ForwarderError.RequestCreation, StatusCodes.Status502BadGateway), exception, transformer, site, headIsRead).ConfigureAwait(false);
            return ForwarderError.RequestCreation;
        }
        finally
        {
            // (9)
            if (exchange is not null)
            {
                await exchange.DisposeAsync().ConfigureAwait(false);
            }

            body?.Dispose();
            transformed?.Dispose();
        }
    }

    /// <summary>Copies the body to the client while it arrives: at once when the application pauses, in larger pieces while it does not.</summary>
    public async ValueTask CopyBodyAsync(HttpContext context, FastCgiExchange exchange, ResponseHead head, bool isBodiless, RequestSite site)
    {
        if (isBodiless)
        {
            await DropBodyAsync(context, exchange, site).ConfigureAwait(false);
            return;
        }

        var output = context.Response.BodyWriter;
        var response = exchange.Response;
        var remaining = head.ContentLength ?? long.MaxValue;
        var unflushed = 0;
        while (true)
        {
            var status = response.TryReadBody(out var content);
            if (status == BodyReadStatus.Content)
            {
                if (content.Length > remaining)
                {
                    // More than announced would run into the client's next response (E44).
                    Log.ResponseTooLong(_logger, site.ToString());
                    output.Write(content[..(int)remaining]);
                    exchange.Abort();
                    break;
                }

                output.Write(content);
                remaining -= content.Length;
                unflushed += content.Length;
                if (unflushed >= FlushThreshold)
                {
                    await FlushAsync(context, exchange).ConfigureAwait(false);
                    unflushed = 0;
                }

                continue;
            }

            if (status == BodyReadStatus.End)
            {
                ThrowIfIncomplete(exchange, head, remaining);
                ReportAppStatus(exchange, site);
                break;
            }

            var receive = exchange.ReceiveAsync();
            int received;
            if (unflushed > 0 && !receive.IsCompleted)
            {
                // The application pauses: what it has said so far goes out (E63).
                received = await FlushWhileReceivingAsync(context, exchange, receive.AsTask()).ConfigureAwait(false);
                unflushed = 0;
            }
            else
            {
                received = await receive.ConfigureAwait(false);
            }

            if (received == 0)
            {
                // Complete without END_REQUEST: by its length or by the end of the stream (E24, E25).
                if (remaining != 0 && !(head.ContentLength is null && response.StdoutEnded))
                {
                    throw new FastCgiException(FastCgiError.ConnectionLost, "The application closed the connection before its response was complete.");
                }

                Log.MissingEndRequest(_logger, site.ToString());
                break;
            }
        }

        if (!ServerFlushesAtTheEnd(context))
        {
            await FlushAsync(context, exchange).ConfigureAwait(false);
        }
    }

    private static void ThrowIfIncomplete(FastCgiExchange exchange, ResponseHead head, long remaining)
    {
        if (exchange.Response.End.ProtocolStatus != FastCgiProtocolStatus.RequestComplete)
        {
            throw new FastCgiException(
                FastCgiError.ProtocolViolation,
                $"The application ended a response that it had begun with protocol status {exchange.Response.End.ProtocolStatus}.");
        }

        if (head.ContentLength is { } length && remaining > 0)
        {
            throw new FastCgiException(FastCgiError.ResponseTooShort, $"The response has {length - remaining} bytes, its Content-Length says {length}.");
        }
    }

    private void ReportAppStatus(FastCgiExchange exchange, RequestSite site)
    {
        if (exchange.Response.End.AppStatus != 0)
        {
            Log.AppStatus(_logger, site.ToString(), exchange.Response.End.AppStatus);
        }
    }

    /// <summary>
    /// The client gets no body. Its response is complete at once; what the application still has to say is read within limits, because
    /// it may be at work behind its answer.
    /// </summary>
    private async ValueTask DropBodyAsync(HttpContext context, FastCgiExchange exchange, RequestSite site)
    {
        var dropped = 0L;
        var isCompleted = false;
        while (true)
        {
            switch (exchange.Response.TryReadBody(out var content))
            {
                case BodyReadStatus.Content when (dropped += content.Length) > MaxDroppedBody:
                    exchange.Abort();
                    return;

                case BodyReadStatus.Content:
                    continue;

                case BodyReadStatus.End:
                    ReportAppStatus(exchange, site);
                    return;
            }

            if (!isCompleted)
            {
                isCompleted = true;
                await context.Response.CompleteAsync().ConfigureAwait(false);
            }

            try
            {
                if (await exchange.ReceiveAsync().ConfigureAwait(false) == 0)
                {
                    return;
                }
            }
            catch (FastCgiException)
            {
                // The response was complete before.
                return;
            }
        }
    }

    private static async ValueTask<int> FlushWhileReceivingAsync(HttpContext context, FastCgiExchange exchange, Task<int> receive)
    {
        try
        {
            await FlushAsync(context, exchange).ConfigureAwait(false);
        }
        catch
        {
            // Nobody may use the connection's buffer while it is being received into.
            exchange.Abort();
            await ((Task)receive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await receive.ConfigureAwait(false);
    }

    private static async ValueTask FlushAsync(HttpContext context, FastCgiExchange exchange)
    {
        exchange.Progress();
        var output = context.Response.BodyWriter;
        var flush = output.FlushAsync();
        FlushResult result;
        if (flush.IsCompleted)
        {
            result = await flush.ConfigureAwait(false);
        }
        else
        {
            // A client that does not read is under the activity timeout as well.
            using var registration = exchange.Aborted.UnsafeRegister(static state => ((PipeWriter)state!).CancelPendingFlush(), output);
            result = await flush.ConfigureAwait(false);
        }

        exchange.ThrowIfAborted();
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException("The client went away.");
        }

        exchange.Progress();
    }

    private static void SetHead(HttpContext context, FastCgiExchange exchange, ResponseHead head, bool isBodiless)
    {
        var response = context.Response;
        response.StatusCode = head.StatusCode;
        SetReason(context, head.ReasonPhrase);
        var writer = new HttpResponseHeaderWriter(response.Headers);
        exchange.Response.ReportHead(ref writer);
        if (head.ContentLength is { } length)
        {
            // RFC 9110, section 8.6: 204 must not carry it; to HEAD and in 304 it tells what GET would bring.
            if (!head.IsBodiless || head.StatusCode == StatusCodes.Status304NotModified)
            {
                response.ContentLength = length;
            }
        }
        else if (!isBodiless && exchange.Response.TryGetReceivedBodyLength(out var received))
        {
            response.ContentLength = received;
        }
    }

    /// <summary>Sets a reason phrase that is not the usual one; HTTP/2 and later have none.</summary>
    public static void SetReason(HttpContext context, string? reason)
    {
        if (reason is not null && (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol)))
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }
    }

    private async ValueTask<RequestBody> ReceiveBodyAsync(HttpContext context, FastCgiApplication application, TimeSpan activityTimeout, CancellationToken aborted)
    {
        var request = context.Request;
        if (!application.Settings.RequestBuffering)
        {
            return new StreamedRequestBody(request.BodyReader, request.ContentLength);
        }

        using var reader = new ClientBodyReader(request.BodyReader, activityTimeout, _timeProvider, aborted);
        return await RequestSpool.ReceiveAsync(reader, request.ContentLength, application.Settings).ConfigureAwait(false);
    }

    /// <returns>Whether the body is part of what was written.</returns>
    private bool WriteRequest(
        RequestWriter writer,
        HttpRequest source,
        in CgiRequest request,
        TransformedRequest? transformed,
        FastCgiApplication application,
        in ScriptLocation script,
        bool keepAlive,
        RequestBody? body)
    {
        writer.BeginRequest(FastCgiExchange.RequestId, FastCgiRole.Responder, keepAlive);
        var parameters = new CgiParamsWriter(writer, application.Params, _headerEncoding, source.Headers.Connection);
        parameters.WriteRequest(request, application, script);
        if (transformed is not null)
        {
            transformed.WriteHeaders(parameters);
        }
        else
        {
            parameters.WriteHeaders(source.Headers);
        }

        writer.EndParams();
        var isInline = body is null || (body.CanReplay && body.Length <= MaxInlineBody && body.Memory.Length == body.Length);
        if (isInline)
        {
            writer.AddStdin(body is null ? default : body.Memory.Span);
            writer.EndStdin();
        }

        return isInline;
    }

    private void AnswerWithoutScript(HttpContext context, ScriptOutcome outcome, in CgiRequest request, RequestSite site)
    {
        var response = context.Response;
        switch (outcome)
        {
            case ScriptOutcome.InvalidPath:
                response.StatusCode = StatusCodes.Status400BadRequest;
                break;

            case ScriptOutcome.DirectoryWithoutSlash:
                response.StatusCode = StatusCodes.Status308PermanentRedirect;
                var location = context.Request.PathBase + context.Request.Path + new PathString("/");
                response.Headers.Location = location.ToUriComponent() + request.Query;
                break;

            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }

        if (_logger.IsEnabled(LogLevel.Debug))
        {
            Log.ScriptNotFound(_logger, request.RequestUri, site.ToString(), outcome.ToString(), response.StatusCode);
        }
    }

    private async ValueTask FailAsync(
        HttpContext context, ForwardingFailure failure, Exception exception, HttpTransformer? transformer, RequestSite site, bool headIsRead)
    {
        context.Features.Set<IForwarderErrorFeature>(new FastCgiErrorFeature(failure.Error, exception));
        var response = context.Response;
        if (response.HasStarted || HasUnflushedBody(response))
        {
            LogFailure(failure, exception, site, isCut: true);
            Reset(context, failure.IsCanceled);
            return;
        }

        if (headIsRead)
        {
            // Status and fields of the application's response may have been set.
            response.Clear();
        }

        response.StatusCode = failure.StatusCode;
        if (failure.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }

        LogFailure(failure, exception, site, isCut: false);
        if (transformer is not null)
        {
            // Session affinity and others want to hear of it.
            await transformer.TransformResponseAsync(context, proxyResponse: null, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private void LogFailure(ForwardingFailure failure, Exception exception, RequestSite site, bool isCut)
    {
        var cause = _logger.IsEnabled(LogLevel.Debug) ? exception : null;
        if (failure.IsCanceled)
        {
            if (_logger.IsEnabled(LogLevel.Debug))
            {
                Log.RequestCanceled(_logger, site.ToString(), exception.Message, cause);
            }
        }
        else if (isCut)
        {
            Log.ResponseCutShort(_logger, Name(failure, exception), site.ToString(), exception.Message, cause);
        }
        else
        {
            Log.ForwardingFailed(_logger, Name(failure, exception), site.ToString(), failure.StatusCode, exception.Message, cause);
        }
    }

    private static string Name(ForwardingFailure failure, Exception exception)
        => exception is FastCgiException fastCgi ? fastCgi.Error.ToString() : failure.Error.ToString();

    /// <summary>The client must not take a part for the whole (E25, E57): a TCP reset, or RST_STREAM.</summary>
    private static void Reset(HttpContext context, bool isCanceled)
    {
        // RFC 9113, section 7: CANCEL and INTERNAL_ERROR.
        const int Cancel = 8;
        const int InternalError = 2;
        if (context.Features.Get<IHttpResetFeature>() is { } reset)
        {
            reset.Reset(isCanceled ? Cancel : InternalError);
        }
        else
        {
            context.Abort();
        }
    }

    private static bool HasBody(HttpContext context)
        => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength > 0;

    /// <summary>
    /// CONTENT_LENGTH of a request without a body: zero where a method expects one (E69) or the client said so; otherwise none
    /// (RFC 3875, section 4.1.2).
    /// </summary>
    private static long? GetLengthOfNoBody(HttpRequest request, string method)
        => request.ContentLength is not null
            || !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method) || HttpMethods.IsDelete(method))
                ? 0
                : null;

    /// <summary>Methods without effect on the application (RFC 9110, section 9.2.1): design decision 6.</summary>
    private static bool IsReplayable(string method)
        => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    private static bool IsResponseSet(HttpResponse response)
        => response.StatusCode != StatusCodes.Status200OK || response.HasStarted;

    private static bool HasUnflushedBody(HttpResponse response)
        => response.BodyWriter.CanGetUnflushedBytes && response.BodyWriter.UnflushedBytes > 0;

    /// <summary>
    /// The server itself sends what was written when the request ends, head and body in one. Middleware that has put its own stream
    /// in between only sees what is flushed.
    /// </summary>
    private static bool ServerFlushesAtTheEnd(HttpContext context)
        => ReferenceEquals(context.Features.Get<IHttpResponseBodyFeature>(), context.Features.Get<IHttpResponseFeature>());
}
