using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>
/// What forwarding tells of one request to whoever has put a record among the request's features: the last attempt, and how many there were. Without one
/// nothing of it is measured.
/// </summary>
internal sealed class ForwardRecord
{
    /// <summary>Attempts so far, the one under way included.</summary>
    public int Attempts { get; private set; }

    /// <summary>Where the last attempt went.</summary>
    public FastCgiEndpoint? Endpoint { get; private set; }

    /// <summary>How far the last attempt came.</summary>
    public ForwardPhase Phase { get; private set; }

    /// <summary>Time in the queue for a connection.</summary>
    public TimeSpan Queue { get; private set; }

    /// <summary>From the attempt's beginning to its connection, without the time in the queue.</summary>
    public TimeSpan Connect { get; private set; }

    /// <summary>From the connection to the response head.</summary>
    public TimeSpan FirstByte { get; private set; }

    /// <summary>Whether the connection had carried other requests, or carries them beside this one.</summary>
    public bool IsReused { get; private set; }

    /// <summary>Bytes to the application, record headers included.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes from the application, record headers included.</summary>
    public long Received { get; private set; }

    /// <summary>Status of the application's response; 0 without one.</summary>
    public int StatusCode { get; private set; }

    /// <summary>What the last attempt failed with; null when it did not.</summary>
    public string? ErrorType { get; private set; }

    /// <summary>The record of a request; null when nobody wants one.</summary>
    public static ForwardRecord? Of(HttpContext? context) => context?.Features.Get<ForwardRecord>();

    public void OnAttempt(FastCgiEndpoint endpoint)
    {
        Attempts++;
        Endpoint = endpoint;
        Phase = ForwardPhase.Connect;
        (Queue, Connect, FirstByte) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        (Sent, Received, StatusCode, IsReused, ErrorType) = (0, 0, 0, false, null);
    }

    public void OnQueued() => Phase = ForwardPhase.Queue;

    public void OnDequeued(TimeSpan wait)
    {
        Queue = wait;
        Phase = ForwardPhase.Connect;
    }

    public void OnConnected(FastCgiConnection connection, TimeSpan sinceStart)
    {
        Connect = sinceStart - Queue;
        IsReused = connection.CompletedRequests > 0 || connection.IsShared;
        Phase = ForwardPhase.Head;
    }

    public void OnHeadReceived(TimeSpan sinceConnected)
    {
        FirstByte = sinceConnected;
        Phase = ForwardPhase.Body;
    }

    public void OnStatus(int statusCode) => StatusCode = statusCode;

    public void OnFailure(string errorType)
    {
        ErrorType = errorType;
        if (errorType is "queue_full" or "queue_timeout")
        {
            // The wait had an end, but not a connection.
            Phase = ForwardPhase.Queue;
        }
    }

    public void OnReleased(long sent, long received) => (Sent, Received) = (sent, received);
}
