using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The response on a route whose transforms change nothing: from the receive buffer straight into the response.</summary>
internal static class DirectResponse
{
    public static ValueTask CopyAsync(HttpContext context, FastCgiExchange exchange, ResponseHead head, HiddenFields hidden, RequestSite site, ILogger logger)
    {
        var isBodiless = head.IsBodiless || HttpMethods.IsHead(context.Request.Method);
        SetHead(context, exchange, head, isBodiless, hidden);
        return new ResponseBodyCopy(context, exchange, head, logger, site).CopyAsync(isBodiless);
    }

    /// <summary>Sets a reason phrase that is not the usual one; HTTP/2 and later have none.</summary>
    public static void SetReason(HttpContext context, string? reason)
    {
        if (reason is not null && (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol)))
        {
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = reason;
        }
    }

    private static void SetHead(HttpContext context, FastCgiExchange exchange, ResponseHead head, bool isBodiless, HiddenFields hidden)
    {
        var response = context.Response;
        response.StatusCode = head.StatusCode;
        SetReason(context, head.ReasonPhrase);
        var writer = new HttpResponseHeaderWriter(response.Headers, hidden);
        exchange.Response.ReportHead(ref writer);
        if (head.ContentLength is { } length)
        {
            // RFC 9110, section 8.6: 204 must not carry it; to HEAD and in 304 it tells what GET would bring.
            if (!head.IsBodiless || head.StatusCode == StatusCodes.Status304NotModified)
            {
                response.ContentLength = length;
            }
        }
        else if (!isBodiless && !head.IsChunked && exchange.Response.TryGetReceivedBodyLength(out var received))
        {
            response.ContentLength = received;
        }
    }
}
