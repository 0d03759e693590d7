using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Carries the body of one response from the application to the client (design decision 4).</summary>
internal readonly struct ResponseBodyCopy(HttpContext context, FastCgiExchange exchange, ResponseHead head, ILogger logger, RequestSite site)
{
    // Bytes handed to the response before it is flushed although more is at hand: where back-pressure begins.
    private const int FlushThreshold = 64 * 1024;

    // Of a body that the client must not get (HEAD, 204, 304), so much is read for the sake of the connection.
    private const int MaxDroppedBody = 256 * 1024;

    /// <summary>Copies the body to the client while it arrives: at once when the application pauses, in larger pieces while it does not.</summary>
    /// <param name="isBodiless">Whether the client must get no body, whatever the application sends.</param>
    /// <exception cref="FastCgiException">The response failed or is not complete.</exception>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public ValueTask CopyAsync(bool isBodiless) => isBodiless ? DropAsync() : CopyAsync();

    private async ValueTask CopyAsync()
    {
        var output = context.Response.BodyWriter;
        var response = exchange.Response;
        var remaining = head.ContentLength ?? long.MaxValue;
        var unflushed = 0;
        var headIsFlushed = false;
        var isCompleted = false;
        while (true)
        {
            var status = response.TryReadBody(out var content);
            if (status == BodyReadStatus.Content)
            {
                if (content.Length > remaining)
                {
                    // More than announced would run into the client's next response (E44).
                    Log.ResponseTooLong(logger, site.ToString());
                    if (!isCompleted)
                    {
                        output.Write(content[..(int)remaining]);
                        await FlushAsync().ConfigureAwait(false);
                    }

                    exchange.Abort();
                    return;
                }

                output.Write(content);
                remaining -= content.Length;
                unflushed += content.Length;
                if (unflushed >= FlushThreshold)
                {
                    await FlushAsync().ConfigureAwait(false);
                    unflushed = 0;
                    headIsFlushed = true;
                }

                continue;
            }

            if (status == BodyReadStatus.End)
            {
                head.ThrowIfCutShort(response.End, remaining);
                ReportAppStatus();
                break;
            }

            var isComplete = head.IsBodyComplete(remaining, response.StdoutEnded);
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
                if (!isComplete)
                {
                    throw new FastCgiException(FastCgiError.ConnectionLost, "The application closed the connection before its response was complete.");
                }

                Log.MissingEndRequest(logger, site.ToString());
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

    private void ReportAppStatus()
    {
        if (exchange.Response.End.AppStatus != 0)
        {
            Log.AppStatus(logger, site.ToString(), exchange.Response.End.AppStatus);
        }
    }

    /// <summary>
    /// The client gets no body. Its response is complete at once; what the application still has to say is read within limits, because
    /// it may be at work behind its answer.
    /// </summary>
    private async ValueTask DropAsync()
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
                    ReportAppStatus();
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
            exchange.Abort();
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
