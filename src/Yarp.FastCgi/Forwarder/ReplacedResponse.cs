using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Files;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>A response whose body comes from the gateway, an error page or a file; status and fields are the application's, but for those that describe its body.</summary>
internal static class ReplacedResponse
{
    /// <param name="context">The request.</param>
    /// <param name="transformer">The route's transforms; null when they change nothing.</param>
    /// <param name="exchange">The exchange, whose head has been read.</param>
    /// <param name="head">The head.</param>
    /// <param name="hidden">Fields that the client does not get.</param>
    /// <param name="named">The file that the application named; null for an error page.</param>
    /// <param name="site">Where the request goes.</param>
    /// <param name="logger">Hears of a file that is refused.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    public static async ValueTask SendAsync(
        HttpContext context,
        HttpTransformer? transformer,
        FastCgiExchange exchange,
        ResponseHead head,
        HiddenFields hidden,
        SendfileTarget? named,
        RequestSite site,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        if (named is { File: null } refused)
        {
            Log.SendfileRefused(site.Scoped(logger), ControlCharacters.Quote(refused.Name), site.ToString(), refused.StatusCode);
            head = head with { StatusCode = refused.StatusCode };
        }

        if (await SetHeadAsync(context, transformer, exchange, head, hidden, cancellationToken).ConfigureAwait(false))
        {
            // A slow client keeps no worker.
            await exchange.DropBodyAsync().ConfigureAwait(false);
            await exchange.DisposeAsync().ConfigureAwait(false);
            await (named?.File is { } file ? FileAnswer.SendAsync(context, file) : ErrorPage.WriteAsync(context)).ConfigureAwait(false);
        }
    }

    /// <returns>False when the transforms want no body.</returns>
    private static async ValueTask<bool> SetHeadAsync(
        HttpContext context, HttpTransformer? transformer, FastCgiExchange exchange, ResponseHead head, HiddenFields hidden, CancellationToken cancellationToken)
    {
        if (transformer is null)
        {
            context.Response.StatusCode = head.StatusCode;
            var writer = new HttpResponseHeaderWriter(context.Response.Headers, hidden | HiddenFields.OfBody);
            exchange.Response.ReportHead(ref writer);
            return true;
        }

        using var message = TransformedResponse.CreateMessage(exchange, head, new ByteArrayContent([]), hidden | HiddenFields.OfBody);
        message.Content.Headers.ContentLength = null;
        context.Response.StatusCode = head.StatusCode;
        return await TransformedResponse.TransformAsync(context, transformer, message, cancellationToken).ConfigureAwait(false);
    }
}
