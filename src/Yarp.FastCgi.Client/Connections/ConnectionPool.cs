using Yarp.FastCgi.Client.Connections.Multiplexing;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>The connections to one endpoint, within the limits of its cluster. Requests that find none free wait in order of arrival.</summary>
internal abstract class ConnectionPool(FastCgiEndpoint endpoint) : IDisposable
{
    private long _answered;
    private ApplicationLoad? _load;

    public FastCgiEndpoint Endpoint => endpoint;

    /// <summary>Whether a request that came now would be refused. A hint: the queue may have moved on when it is used.</summary>
    public abstract bool IsQueueFull { get; }

    /// <summary>Whether <see cref="Retire"/> was called.</summary>
    public abstract bool IsRetired { get; }

    /// <summary>Whether a request that cannot use a kept connection would get another one now. A hint, as <see cref="IsQueueFull"/>.</summary>
    public virtual bool HasRoom => false;

    /// <summary>Whether a request that came now would have to wait. A hint, as <see cref="IsQueueFull"/>.</summary>
    public abstract bool IsSaturated { get; }

    /// <summary>Requests that have a connection or a place on one, or wait for it. A hint, as <see cref="IsQueueFull"/>.</summary>
    public abstract int RequestCount { get; }

    /// <summary>Requests that were answered to the end. Never goes down: two looks at it tell whether the application works.</summary>
    public long AnsweredCount => Volatile.Read(ref _answered);

    /// <summary>What the application says of itself, as far as somebody asks it; null when nothing is known.</summary>
    public ApplicationLoad? Load
    {
        get => Volatile.Read(ref _load);
        set => Volatile.Write(ref _load, value);
    }

    /// <summary>Told of each connection that was closed how long it was open; set before the pool is used, null when nobody wants to know.</summary>
    public virtual Action<TimeSpan>? Closed { get; set; }

    /// <summary>Most connections at a time.</summary>
    internal abstract int MaxConnections { get; }

    /// <summary>Connections that exist or are being made.</summary>
    internal abstract int OpenCount { get; }

    /// <summary>Those of them that carry no request.</summary>
    internal abstract int IdleCount { get; }

    /// <summary>Requests in the queue.</summary>
    internal abstract int WaitingCount { get; }

    /// <param name="endpoint">Where the application listens.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="notMultiplexing">Told, with the reason, when an application turns out not to multiplex although it should.</param>
    /// <param name="gates">Knows whether the endpoint has a gate in front of it; null when none has.</param>
    public static ConnectionPool Create(
        FastCgiEndpoint endpoint, ConnectionSettings settings, TimeProvider timeProvider, Action<FastCgiEndpoint, string> notMultiplexing, IConnectGates? gates = null)
        => settings.Multiplexing
            ? new MultiplexedPool(endpoint, settings, timeProvider, notMultiplexing, gates)
            : new DedicatedPool(endpoint, settings, timeProvider, gates);

    /// <summary>Rents a connection; it must come back by <see cref="Return"/>.</summary>
    /// <param name="mayReuse">
    /// Whether a kept connection will do. It may turn out closed only after the request was sent, so a request that must not be
    /// sent twice asks for a new one (rule E41). Multiplexed connections are shared by all (docs/decisions/0010-multiplexing.md).
    /// </param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <param name="waiting">Told when it has to wait in the queue.</param>
    /// <exception cref="FastCgiException">ConnectFailed, ConnectTimeout, QueueFull or QueueTimeout.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public abstract ValueTask<FastCgiConnection> RentAsync(bool mayReuse, CancellationToken cancellationToken, IWaitingRequest? waiting = null);

    /// <summary>Takes a rented connection back.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reusable">Whether rule E40 holds: the response ended, completely read, and the request was completely sent.</param>
    public abstract void Return(FastCgiConnection connection, bool reusable);

    /// <summary>
    /// The endpoint or its cluster is gone from the configuration: idle connections are closed, others when they become idle.
    /// Requests that still hold the pool are served.
    /// </summary>
    public abstract void Retire();

    /// <summary>
    /// Sets the most connections at a time in place of the setting. Requests that wait are given what is new; of what is too much, idle connections
    /// are closed, others when they come back.
    /// </summary>
    public abstract void Resize(int maxConnections);

    /// <summary>Refuses a request early that would be refused anyway; see <see cref="IsQueueFull"/>.</summary>
    /// <exception cref="FastCgiException">QueueFull.</exception>
    public void ThrowIfQueueFull()
    {
        if (IsQueueFull)
        {
            throw QueueFull();
        }
    }

    public void Dispose() => Retire();

    protected abstract FastCgiException QueueFull();

    /// <summary>To be told of each connection that comes back by <see cref="Return"/>.</summary>
    protected void OnReturned(bool reusable)
    {
        if (reusable)
        {
            Interlocked.Increment(ref _answered);
        }
    }
}
