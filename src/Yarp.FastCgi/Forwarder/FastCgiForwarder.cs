using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Client.Threading;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// Forwards one request to a FastCGI application and its response to the client:
/// <code>
///   (0) find out whether the client wishes for an upgrade
///   (1) run the transforms, if the route has any that matter    client --► gateway
///   (2) find the script
///   (3) receive the body, unless it is streamed                 client --► gateway
///   (4) write the params
///   (5) rent a connection and send, elsewhere too if need be               gateway --► application
///   (6) read the response head, pass over informational ones               gateway ◄-- application
///   (7) answer as the head or the configuration asks: by another path, again from (2), by a file or an error page
///   (8) set status and header fields
///   (9) copy the body as it comes                               client ◄-- gateway ◄-- application
///  (10) give the connection back, in step or closed
///  (11) or, behind 101, carry bytes both ways until one side ends  client ◄-► gateway ◄-► application
/// </code>
/// Whatever fails on the way ends in <see cref="FailureAnswer"/>: it answers, or resets a response that has begun.
/// </summary>
internal sealed class FastCgiForwarder
{
    /// <summary>YARP's own, for clusters that set none.</summary>
    public static readonly TimeSpan DefaultActivityTimeout = TimeSpan.FromSeconds(100);

    private readonly RequestRecords _records;
    private readonly TimeProvider _timeProvider;
    private readonly FastCgiExchanges _exchanges;
    private readonly ILogger _logger;

    public FastCgiForwarder(RequestHeaderEncoding headerEncoding, TimeProvider timeProvider, FastCgiExchanges exchanges, ILogger<FastCgiForwarder> logger)
    {
        _records = new RequestRecords(headerEncoding);
        _timeProvider = timeProvider;
        _exchanges = exchanges;
        _logger = logger;
    }

    /// <param name="context">The request.</param>
    /// <param name="target">The destination, and what is to be done when it fails.</param>
    /// <param name="application">The application behind the route.</param>
    /// <param name="config">YARP's settings: ActivityTimeout and AllowResponseBuffering count here.</param>
    /// <param name="transformer">The route's transforms; null when they change nothing.</param>
    /// <param name="cancellationToken">Gives the request up, as the client's going away does.</param>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<ForwarderError> ForwardAsync(
        HttpContext context,
        ForwardingTarget target,
        FastCgiApplication application,
        ForwarderRequestConfig config,
        HttpTransformer? transformer,
        CancellationToken cancellationToken)
    {
        if (IsResponseSet(context.Response))
        {
            throw new InvalidOperationException("The request cannot be forwarded, the response has already started.");
        }

        var site = new RequestSite(context, target.Pool.Endpoint);
        var activityTimeout = config.ActivityTimeout ?? DefaultActivityTimeout;
        using var linked = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, cancellationToken) : null;
        var aborted = linked?.Token ?? context.RequestAborted;

        // A caller that gives the request up itself is to be obeyed.
        var ignoresClient = application.Settings.IgnoreClientAbort && linked is null;
        var request = CgiRequest.FromHttpContext(context);
        var hasBody = RequestTraits.HasBody(context);

        UpgradeRequest? upgrade = null;
        TransformedRequest? transformed = null;
        RequestBody? body = null;
        FastCgiExchange? exchange = null;
        var isTransformed = transformer is null;
        var headIsRead = false;
        var isExchangeOurs = false;
        try
        {
            // (0)
            upgrade = UpgradeRequest.Read(context, application.Settings);
            if (upgrade is not null)
            {
                request = request.ToUpgrade();
                hasBody = false;
            }

            // (1)
            if (transformer is not null)
            {
                transformed = await TransformedRequest.CreateAsync(context, transformer, request.Method, hasBody, aborted).ConfigureAwait(false);
                if (IsResponseSet(context.Response))
                {
                    Log.NotForwarding(site.Scoped(_logger), site.ToString());
                    return ForwarderError.None;
                }

                request = transformed.Apply(request, context.Request);
                isTransformed = true;
            }

            request = request with { ContentLength = hasBody || upgrade is not null ? null : RequestTraits.GetLengthOfNoBody(context.Request, request.Method) };
            for (var redirects = 0; ; redirects++)
            {
                // (2)
                var script = await application.FindScriptAsync(request.Path).ConfigureAwait(false);
                if (script.Outcome != ScriptOutcome.Script)
                {
                    await ScriptlessAnswer.GiveAsync(context, script.Outcome, request, transformer, site, _logger).ConfigureAwait(false);
                    return ForwarderError.None;
                }

                // (3) A full queue is refused before the client is invited to send its body (docs/decisions/0003-request-bodies.md).
                if (hasBody)
                {
                    RequestTraits.ThrowIfCoded(context.Request);
                    target.Pool.ThrowIfQueueFull();
                    body = await ReceiveBodyAsync(context, application, activityTimeout, ignoresClient ? RequestTraits.GetRouteTimeout(context) : aborted).ConfigureAwait(false);
                    request = request with { ContentLength = body.Length, BodyFile = body.ApplicationFile };
                }

                // (4) A script that is to explain an error is not asked for an upgrade.
                var offered = request.IsForError ? null : upgrade;
                using var writer = new RequestWriter();
                var bodyIsInline = _records.Write(writer, context.Request, request, transformed, application, script, target.Connections.KeepAlive, body, offered);

                // (5)
                exchange = _exchanges.Begin(new ExchangeRequest
                {
                    Target = target,
                    Site = site,
                    Method = request.Method,
                    ActivityTimeout = activityTimeout,
                    IsForUpgrade = offered is not null,
                    Params = application.Params,
                    ScriptName = script.ScriptName,
                    ScriptFile = script.ScriptFileName.Length == 0 || application.Params?.Contains("SCRIPT_FILENAME"u8) == true ? null : script.ScriptFileName,

                    // A conversation needs two.
                    ClientAbortTimeout = ignoresClient && offered is null ? application.Settings.ClientAbortTimeout : null,
                });
                await exchange.SendAsync(writer, bodyIsInline ? null : body, aborted).ConfigureAwait(false);

                // (6)
                var head = await ResponseHead.ReadFinalAsync(exchange, application.Settings.AcceptStatusLine, mayUpgrade: offered is not null).ConfigureAwait(false);
                while (await exchange.TryReplaceAsync(head.StatusCode).ConfigureAwait(false))
                {
                    head = await ResponseHead.ReadFinalAsync(exchange, application.Settings.AcceptStatusLine, mayUpgrade: offered is not null).ConfigureAwait(false);
                }

                (target, site, headIsRead) = (exchange.Target, exchange.Site, true);
                exchange.OnStatus(head.StatusCode);
                var hidden = application.Sendfile is null ? HiddenFields.None : HiddenFields.ForGateway;
                if (offered is not null)
                {
                    if (head.IsUpgrade)
                    {
                        // (11) For hours, maybe: the buffer of the params is not held as long.
                        writer.Dispose();
                        var upgraded = new UpgradedConnection(context, offered, exchange, _timeProvider, _logger);
                        return await upgraded.RunAsync(head, hidden, transformer, cancellationToken).ConfigureAwait(false);
                    }

                    // An application that reads all of its input first waits for the end of it.
                    exchange.SendStdin(new SpooledRequestBody([], length: 0));
                }

                // (7)
                var instruction = await ResponseInstruction.ReadAsync(exchange, head, application, request).ConfigureAwait(false);
                if (instruction.Handling == ResponseHandling.Redirect)
                {
                    LocalRedirect.CheckDepth(redirects, request, target.Pool.Endpoint);
                    if (_logger.IsEnabled(LogLevel.Debug))
                    {
                        Log.LocalRedirect(site.Scoped(_logger), site.ToString(), request.Path, instruction.Target.Path);
                    }

                    // Its connection may be the only one.
                    await exchange.DropBodyAsync().ConfigureAwait(false);
                    await exchange.DisposeAsync().ConfigureAwait(false);
                    exchange = null;
                    headIsRead = false;
                    if (body is not null)
                    {
                        await body.DisposeAsync().ConfigureAwait(false);
                        body = null;
                    }

                    hasBody = false;
                    request = request.RedirectTo(instruction.Target, application.GetPrefix(request), instruction.RedirectStatus);
                    continue;
                }

                if (request.IsForError)
                {
                    head = head.OrStatus(request.RedirectStatus);
                }

                upgrade?.ThrowIfTakenForAccepted(head.StatusCode);
                if (application.Sendfile is not null && instruction.Handling != ResponseHandling.ErrorPage)
                {
                    AccelFields.Apply(context, exchange, _timeProvider);
                }

                if (instruction.Handling is ResponseHandling.ErrorPage or ResponseHandling.File)
                {
                    await ReplacedResponse.SendAsync(context, transformer, exchange, head, hidden, instruction.File, site, _logger, aborted).ConfigureAwait(false);
                    return ForwarderError.None;
                }

                // (8), (9)
                if (config.AllowResponseBuffering != true)
                {
                    context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
                }

                if (transformer is not null)
                {
                    await TransformedResponse.CopyAsync(context, transformer, exchange, head, hidden, site, _logger, aborted).ConfigureAwait(false);
                }
                else
                {
                    await DirectResponse.CopyAsync(context, exchange, head, hidden, site, _logger).ConfigureAwait(false);

                    // A response whose pace the application has set is written by the server, on behalf of the exchange, when this is over.
                    isExchangeOurs = application.Sendfile is null;
                }

                if (hasBody && exchange.IsRequestIncomplete && !application.Settings.RequestBuffering)
                {
                    await LateBody.DrainAsync(context, exchange, application.Settings.RequestDrainTimeout, _timeProvider, _logger).ConfigureAwait(false);
                }

                return ForwarderError.None;
            }
        }
        catch (Exception exception) when (ForwardingFailure.Classify(exception, exchange?.ClientBodyFailure, context, headIsRead) is { } failure)
        {
            if (failure.IsCanceled && headIsRead && exchange is not null && exchange.TryGoOnWithoutClient())
            {
                await exchange.FinishWithoutClientAsync().ConfigureAwait(false);
            }

            var cause = exchange?.ClientBodyFailure ?? exception;
            exchange?.OnFailure(ErrorTypes.Get(failure, cause), cause.Message);
            await FailureAnswer.GiveAsync(context, failure, cause, transformer, exchange?.Site ?? site, headIsRead, _logger).ConfigureAwait(false);
            return failure.Error;
        }
        catch (Exception exception) when (!isTransformed)
        {
            // A transform threw, or made what is no request.
            await FailureAnswer.GiveAsync(context, new ForwardingFailure(ForwarderError.RequestCreation, StatusCodes.Status502BadGateway), exception, transformer, site, headIsRead, _logger).ConfigureAwait(false);
            return ForwarderError.RequestCreation;
        }
        finally
        {
            // (10)
            if (exchange is not null)
            {
                await exchange.DisposeAsync().ConfigureAwait(false);
                if (isExchangeOurs)
                {
                    _exchanges.Return(exchange);
                }
            }

            if (body is not null)
            {
                await body.DisposeAsync().ConfigureAwait(false);
            }

            transformed?.Dispose();
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

    private static bool IsResponseSet(HttpResponse response)
        => response.StatusCode != StatusCodes.Status200OK || response.HasStarted;
}
