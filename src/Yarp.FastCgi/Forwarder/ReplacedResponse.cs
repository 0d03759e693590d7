using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The head of a response whose body the gateway makes: the application's status and fields, without those that describe its body.</summary>
internal static class ReplacedResponse
{
    /// <returns>False when the transforms want no body.</returns>
    public static async ValueTask<bool> SetHeadAsync(
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
