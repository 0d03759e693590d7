using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Carries the body of one response from the application to the client.</summary>
internal readonly struct ResponseBodyCopy(HttpContext context, FastCgiExchange exchange, ResponseHead head, ILogger logger, RequestSite site)
{
    // Bytes handed to the response before it is flushed although more is at hand: where back-pressure begins.
    private const int FlushThreshold = 64 * 1024;

    /// <summary>Copies the body to the client while it arrives: at once when the application pauses, in larger pieces while it does not.</summary>
    /// <param name="isBodiless">Whether the client must get no body, whatever the application sends.</param>
    /// <exception cref="FastCgiException">The response failed or is not complete.</exception>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public ValueTask CopyAsync(bool isBodiless) => isBodiless ? exchange.DropBodyAsync(context.Response.CompleteAsync) : CopyAsync();

    private async ValueTask CopyAsync()
    {
        var output = context.Response.BodyWriter;
        var response = exchange.Response;
        response.BeginBody(head.ContentLength, head.IsChunked);
        var share = default(FairShare);
        var unflushed = 0;
        var headIsFlushed = false;
        var isCompleted = false;
        while (true)
        {
            var status = response.TryReadBody(out var content);
            if (status == BodyReadStatus.Content)
            {
                output.Write(content);
                unflushed += content.Length;
                if (unflushed >= FlushThreshold)
                {
                    await FlushAsync().ConfigureAwait(false);
                    await share.SpendAsync(unflushed);
                    unflushed = 0;
                    headIsFlushed = true;
                }

                continue;
            }

            if (status == BodyReadStatus.End)
            {
                if (response.HasExcess)
                {
                    // It would run into the client's next response (E44).
                    Log.ResponseTooLong(site.Scoped(logger), site.ToString());
                }

                exchange.ReportAppStatus();
                break;
            }

            var isComplete = response.IsBodyComplete;
            var receive = isComplete ? ReceiveEndAsync() : exchange.ReceiveAsync();
            int received;
            if (!receive.IsCompleted && !isCompleted && (unflushed > 0 || !headIsFlushed || isComplete))
            {
                // The application pauses: what it has said so far goes out (E63), and if that is all, the client need not wait for END_REQUEST.
                received = await FlushWhileReceivingAsync(receive.AsTask(), isComplete).ConfigureAwait(false);
                unflushed = 0;
                headIsFlushed = true;
                isCompleted = isComplete;
            }
            else
            {
                received = await receive.ConfigureAwait(false);
            }

            if (received == 0)
            {
                Log.MissingEndRequest(site.Scoped(logger), site.ToString());
                break;
            }
        }

        // Kestrel does not send what is left behind the first flush of a response with a length until its connection is used again.
        if (context.Response.HasStarted ? unflushed > 0 : !ServerFlushesAtTheEnd())
        {
            await FlushAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Behind a complete body only END_REQUEST is due. That it does not come, for whatever reason, harms nobody.</summary>
    private async ValueTask<int> ReceiveEndAsync()
    {
        try
        {
            return await exchange.ReceiveAsync().ConfigureAwait(false);
        }
        catch (FastCgiException)
        {
            return 0;
        }
    }

    private async ValueTask<int> FlushWhileReceivingAsync(Task<int> receive, bool isComplete)
    {
        try
        {
            await FlushAsync().ConfigureAwait(false);
            if (isComplete)
            {
                await context.Response.CompleteAsync().ConfigureAwait(false);
            }
        }
        catch
        {
            // Nobody may use the connection's buffer while it is being received into.
            exchange.GiveUp();
            await ((Task)receive).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await receive.ConfigureAwait(false);
    }

    private async ValueTask FlushAsync()
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

    /// <summary>
    /// The server itself sends what was written when the request ends, head and body in one. Middleware that has put its own stream
    /// in between only sees what is flushed.
    /// </summary>
    private bool ServerFlushesAtTheEnd()
        => ReferenceEquals(context.Features.Get<IHttpResponseBodyFeature>(), context.Features.Get<IHttpResponseFeature>());
}
