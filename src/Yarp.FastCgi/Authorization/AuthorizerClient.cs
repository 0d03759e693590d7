using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Retries;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Authorization;

/// <summary>
/// Asks authorizers (FastCGI 1.0, section 6.3; docs/decisions/0009-authorizers.md). Only a complete, sound answer with status 200 allows a
/// request; whatever else happens refuses it.
/// </summary>
internal sealed class AuthorizerClient(
    IProxyStateLookup clusters,
    OtherDestinations destinations,
    RequestHeaderEncoding headerEncoding,
    FastCgiExchanges exchanges,
    ILogger<AuthorizerClient> logger)
{
    // The body of an answer that allows the request is nobody's; so much of it is read for the sake of its end.
    private const int MaxDroppedBody = 256 * 1024;

    /// <summary>Asks the authorizer behind a cluster, once for each request and target.</summary>
    /// <returns>Null when it allows the request; its variables are then a feature of the request. Otherwise what the client gets.</returns>
    public async ValueTask<AuthorizerRefusal?> AskAsync(HttpContext context, string clusterId)
    {
        var answers = AuthorizerAnswers.Of(context);
        if (answers.TryGet(clusterId, out var refusal))
        {
            return refusal;
        }

        refusal = await AskClusterAsync(context, clusterId).ConfigureAwait(false);
        answers.Add(clusterId, refusal);
        return refusal;
    }

    private async ValueTask<AuthorizerRefusal?> AskClusterAsync(HttpContext context, string clusterId)
    {
        var site = new RequestSite(context, endpoint: null, new AuthorizerSite(clusterId, DestinationId: null));
        var request = CgiRequest.FromHttpContext(context);
        if (!ScriptResolver.IsValid(request.Path))
        {
            return Refuse(new ForwardingFailure(ForwarderError.RequestCreation, StatusCodes.Status400BadRequest), "The path has control characters or dot segments.", site);
        }

        var unavailable = new ForwardingFailure(ForwarderError.NoAvailableDestinations, StatusCodes.Status503ServiceUnavailable);
        if (!clusters.TryGetCluster(clusterId, out var cluster) || cluster.Model.HttpClient is not FastCgiMessageInvoker invoker)
        {
            return Refuse(unavailable, $"The authorization policy names the cluster '{clusterId}', but there is no FastCGI cluster of this id.", site);
        }

        using var proxying = new AuthorizerProxying(context, cluster);
        if (await destinations.PickAsync(context, failed: [], context.RequestAborted).ConfigureAwait(false) is not { } destination)
        {
            return Refuse(unavailable, "None of the authorizers is available.", site);
        }

        proxying.Feature.ProxiedDestination = destination;
        return await AskDestinationAsync(context, request, invoker, proxying.Feature, site, destination).ConfigureAwait(false);
    }

    private async ValueTask<AuthorizerRefusal?> AskDestinationAsync(
        HttpContext context, CgiRequest request, FastCgiMessageInvoker invoker, ReverseProxyFeature proxied, RequestSite site, DestinationState destination)
    {
        var pools = invoker.Pools;
        var target = new ForwardingTarget(pools.Get(destination.Model.Config.Address), pools.Settings, invoker.Retries, pools, destinations);
        var activityTimeout = proxied.Cluster.Config.HttpRequest?.ActivityTimeout ?? FastCgiForwarder.DefaultActivityTimeout;
        var exchange = exchanges.Begin(new ExchangeRequest
        {
            Target = target,
            Site = site.At(destination, target.Pool.Endpoint),
            Method = request.Method,
            ActivityTimeout = activityTimeout,
            Params = invoker.Application.Params,
        });
        var isOpen = false;
        try
        {
            using var writer = new RequestWriter();
            Write(writer, context, request, invoker.Application, pools.Settings.KeepAlive);
            await exchange.SendAsync(writer, body: null, context.RequestAborted).ConfigureAwait(false);
            var head = await ResponseHead.ReadFinalAsync(exchange, invoker.Application.Settings.AcceptStatusLine).ConfigureAwait(false);
            while (await exchange.TryReplaceAsync(head.StatusCode).ConfigureAwait(false))
            {
                head = await ResponseHead.ReadFinalAsync(exchange, invoker.Application.Settings.AcceptStatusLine).ConfigureAwait(false);
            }

            exchange.OnStatus(head.StatusCode);
            if (head.StatusCode != StatusCodes.Status200OK)
            {
                if (logger.IsEnabled(LogLevel.Debug))
                {
                    Log.AuthorizerRefused(exchange.Site.Scoped(logger), exchange.Site.ToString(), head.StatusCode);
                }

                isOpen = true;
                return AuthorizerRefusal.ByAnswer(context, exchange, head, (error, failure) => ReportLater(context, proxied, error, failure), logger);
            }

            var variables = new Dictionary<string, string>(StringComparer.Ordinal);
            var reader = new AuthorizerVariableReader(variables);
            exchange.Response.ReportHead(ref reader);
            await ReadToEndAsync(exchange).ConfigureAwait(false);
            destinations.Report(context, ForwarderError.None, failure: null);
            Keep(context, variables);
            return null;
        }
        catch (Exception exception) when (ForwardingFailure.Classify(exception, clientBodyFailure: null, context, headIsRead: false) is { } failure)
        {
            exchange.OnFailure(ErrorTypes.Get(failure, exception), exception.Message);
            destinations.Report(context, failure.Error, exception);
            return AuthorizerRefusal.ByFailure(failure, exception, exchange.Site, logger);
        }
        finally
        {
            if (!isOpen)
            {
                await exchange.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private void ReportLater(HttpContext context, ReverseProxyFeature proxied, ForwarderError error, Exception? failure)
    {
        using var proxying = new AuthorizerProxying(context, proxied);
        destinations.Report(context, error, failure);
    }

    private AuthorizerRefusal Refuse(ForwardingFailure failure, string reason, RequestSite site)
        => AuthorizerRefusal.ByFailure(failure, new InvalidOperationException(reason), site, logger);

    /// <summary>The params of the request, no body: that is the responder's.</summary>
    private void Write(RequestWriter writer, HttpContext context, in CgiRequest request, FastCgiApplication application, bool keepAlive)
    {
        writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Authorizer, keepAlive);
        var parameters = new CgiParamsWriter(writer, application, headerEncoding, context);
        parameters.WriteAuthorizerRequest(request);
        parameters.WriteHeaders(context.Request.Headers);
        writer.EndParams();
        writer.EndStdin();
    }

    /// <summary>Reads to END_REQUEST: an answer that is cut, or taken back by how it ends, allows nothing.</summary>
    private static async ValueTask ReadToEndAsync(FastCgiExchange exchange)
    {
        var response = exchange.Response;
        var dropped = 0L;
        while (true)
        {
            var status = response.TryReadBody(out var content);
            if (status == BodyReadStatus.End)
            {
                break;
            }

            dropped += content.Length;
            if (dropped > MaxDroppedBody)
            {
                throw Invalid($"with a body of more than {MaxDroppedBody} bytes");
            }

            if (status == BodyReadStatus.NeedMoreData && await exchange.ReceiveAsync().ConfigureAwait(false) == 0)
            {
                throw new FastCgiException(FastCgiError.ConnectionLost, "The authorizer closed the connection before its answer was complete.");
            }
        }

        if (response.End is not { ProtocolStatus: FastCgiProtocolStatus.RequestComplete, AppStatus: 0 })
        {
            throw Invalid($"and ended it with app status {response.End.AppStatus} and protocol status {response.End.ProtocolStatus}");
        }
    }

    private static void Keep(HttpContext context, Dictionary<string, string> variables)
    {
        if (variables.Count > 0)
        {
            var earlier = context.Features.Get<IFastCgiAuthorizerFeature>() as AuthorizerVariables;
            context.Features.Set<IFastCgiAuthorizerFeature>(earlier?.With(variables) ?? new AuthorizerVariables(variables));
        }
    }

    private static FastCgiException Invalid(string how)
        => new(FastCgiError.InvalidAuthorization, $"The authorizer allowed the request, but {how}.");
}
