namespace Yarp.FastCgi.Client.Connections;

/// <summary>A connection that one request at a time has for itself, and that may be kept for another.</summary>
internal abstract class PooledConnection : FastCgiConnection
{
    protected PooledConnection(FastCgiEndpoint endpoint, TimeProvider timeProvider)
        : base(endpoint, timeProvider)
    {
    }

    /// <summary>When the pool got it.</summary>
    public long CreatedTimestamp { get; set; }

    /// <summary>
    /// When its first request was complete. Its age is counted from here: a connection that waited for a worker in the application's backlog has
    /// not had its turn yet.
    /// </summary>
    public long KeptSinceTimestamp { get; set; }

    /// <summary>When the pool took the connection back; meaningful while it is idle.</summary>
    public long IdleSinceTimestamp { get; set; }

    /// <summary>
    /// Whether an idle connection may carry another request: nothing has arrived on it. The application's bytes or its
    /// closing (both make it readable) belong to no request (rule E42).
    /// </summary>
    public abstract bool IsQuiet();
}
