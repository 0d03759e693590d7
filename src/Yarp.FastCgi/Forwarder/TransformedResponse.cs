using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The response on a route with transforms: they run on a response message whose content is the application's body.</summary>
internal static class TransformedResponse
{
    public static async ValueTask CopyAsync(
        HttpContext context,
        HttpTransformer transformer,
        FastCgiExchange exchange,
        ResponseHead head,
        HiddenFields hidden,
        RequestSite site,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var content = new FastCgiResponseContent(exchange, head);
        using var message = CreateMessage(exchange, head, content, hidden);
        if (head.IsBodiless && head.StatusCode != StatusCodes.Status304NotModified)
        {
            content.Headers.ContentLength = null;
        }

        context.Response.StatusCode = head.StatusCode;
        DirectResponse.SetReason(context, head.ReasonPhrase);
        if (!await TransformAsync(context, transformer, message, cancellationToken).ConfigureAwait(false))
        {
            // The transforms do not want the body.
            exchange.Abort();
            return;
        }

        // A transform may have given the response another status.
        var isBodiless = HttpMethods.IsHead(context.Request.Method) || ResponseHead.IsBodilessStatus(context.Response.StatusCode);
        if (isBodiless || (ReferenceEquals(message.Content, content) && !content.IsTaken))
        {
            // What the client is promised may be another length than the application announced.
            var announced = head with { ContentLength = context.Response.ContentLength ?? head.ContentLength };
            await new ResponseBodyCopy(context, exchange, announced, logger, site).CopyAsync(isBodiless).ConfigureAwait(false);
        }
        else
        {
            var stream = await message.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await stream.CopyToAsync(context.Response.Body, cancellationToken).ConfigureAwait(false);
        }

        await transformer.TransformResponseTrailersAsync(context, message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A message with the head of the response; also for callers of the message handler.</summary>
    public static HttpResponseMessage CreateMessage(FastCgiExchange exchange, ResponseHead head, HttpContent content, HiddenFields hidden = HiddenFields.None)
    {
        var message = new HttpResponseMessage((HttpStatusCode)head.StatusCode)
        {
            Content = content,
            ReasonPhrase = head.ReasonPhrase ?? ReasonPhrases.GetReasonPhrase(head.StatusCode),
            Version = HttpVersion.Version11,
        };
        var writer = new ResponseMessageHeaderWriter(message, hidden);
        exchange.Response.ReportHead(ref writer);
        if (head.IsChunked)
        {
            // The coding, which overrides it, is taken off.
            content.Headers.ContentLength = null;
        }

        return message;
    }

    /// <summary>Runs the transforms.</summary>
    /// <returns>False when they want no body.</returns>
    public static async ValueTask<bool> TransformAsync(HttpContext context, HttpTransformer transformer, HttpResponseMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await transformer.TransformResponseAsync(context, message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or FastCgiException))
        {
            throw new FastCgiException(
                FastCgiError.InvalidResponseHead,
                $"The response could not be passed on: {exception.Message} (if it is about characters of a header: set KestrelServerOptions.ResponseHeaderEncodingSelector to Latin-1).",
                exception);
        }
    }
}
