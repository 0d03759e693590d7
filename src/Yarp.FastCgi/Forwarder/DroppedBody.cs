using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The rest of a response that the client does not get.</summary>
internal static class DroppedBody
{
    /// <summary>Of a body that the client does not get, so much is read for the sake of the connection.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>Reads it, within limits. The client has its answer, or gets one from elsewhere: nothing here fails.</summary>
    /// <param name="exchange">The exchange, whose response head was read.</param>
    /// <param name="limit">How many bytes are read before the request is given up.</param>
    /// <param name="atFirstPause">What is to be done as soon as the application pauses; null when nothing is.</param>
    public static async ValueTask ReadAsync(FastCgiExchange exchange, long limit, Func<Task>? atFirstPause)
    {
        var dropped = 0L;
        try
        {
            while (true)
            {
                switch (exchange.Response.TryReadBody(out var content))
                {
                    case BodyReadStatus.Content when (dropped += content.Length) > limit:
                        exchange.Abort();
                        return;

                    case BodyReadStatus.Content:
                        continue;

                    case BodyReadStatus.End:
                        exchange.ReportAppStatus();
                        return;
                }

                if (atFirstPause is not null)
                {
                    await atFirstPause().ConfigureAwait(false);
                    atFirstPause = null;
                }

                if (await exchange.ReceiveAsync().ConfigureAwait(false) == 0)
                {
                    return;
                }
            }
        }
        catch (FastCgiException)
        {
            // What was lost is nobody's.
        }
    }
}
