using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// What the client still sends of a streamed body when the application has answered without it. A client of HTTP/1.1 may read the answer
/// only when it has sent its request, and a connection that is closed with unread bytes is reset: so they are read and dropped.
/// With HTTP/2 and later the server ends the stream instead.
/// </summary>
internal static class LateBody
{
    public static async ValueTask DrainAsync(HttpContext context, FastCgiExchange exchange, TimeSpan timeout, TimeProvider timeProvider, ILogger logger)
    {
        await exchange.ReleaseConnectionAsync().ConfigureAwait(false);
        if (!HttpProtocol.IsHttp11(context.Request.Protocol) && !HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            return;
        }

        using var limit = new CancellationTokenSource(timeout, timeProvider);
        var reader = context.Request.BodyReader;
        try
        {
            await context.Response.CompleteAsync().ConfigureAwait(false);
            while (true)
            {
                var result = await reader.ReadAsync(limit.Token).ConfigureAwait(false);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Log.RequestDrainTimeout(exchange.Site.Scoped(logger), exchange.Site.ToString(), timeout);
            exchange.OnFailure("request_drain_timeout", "The rest of the request body did not end within RequestDrainTimeout.");
            context.Abort();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client went away, or sent what is no body: it has its answer.
        }
    }
}
