using System.Net.Sockets;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// The connections to one endpoint: never more than MaxConnections, further requests wait in order of arrival, and with
/// keep-alive an unused connection goes to the oldest waiter or is kept for IdleTimeout, last in first out.
/// </summary>
/// <remarks>
/// One lock guards all state; nothing is awaited, connected or closed inside it. <c>_open</c> counts every connection that exists
/// or is being made: rented, idle or connecting. A waiter is given either a connection or the right to make one. There are waiters
/// only while MaxConnections are open and none of them is idle.
/// </remarks>
internal sealed class ConnectionPool : IDisposable
{
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly Connector _connector;
    private readonly Lock _lock = new();
    private readonly List<FastCgiConnection> _idle = [];
    private readonly LinkedList<Waiter> _waiters = new();
    private ITimer? _idleTimer;
    private int _open;
    private bool _retired;

    public ConnectionPool(FastCgiEndpoint endpoint, ConnectionSettings settings, TimeProvider timeProvider)
    {
        Endpoint = endpoint;
        _settings = settings;
        _timeProvider = timeProvider;
        _connector = new Connector(endpoint, settings.ConnectTimeout, timeProvider);
    }

    public FastCgiEndpoint Endpoint { get; }

    /// <summary>Whether a request that came now would be refused. A hint: the queue may have moved on when it is used.</summary>
    public bool IsQueueFull
    {
        get
        {
            lock (_lock)
            {
                return _open >= _settings.MaxConnections && _idle.Count == 0 && _waiters.Count >= _settings.QueueLimit;
            }
        }
    }

    /// <summary>Whether <see cref="Retire"/> was called.</summary>
    public bool IsRetired
    {
        get
        {
            lock (_lock)
            {
                return _retired;
            }
        }
    }

    /// <summary>Connections that exist or are being made.</summary>
    internal int OpenCount
    {
        get
        {
            lock (_lock)
            {
                return _open;
            }
        }
    }

    internal int IdleCount
    {
        get
        {
            lock (_lock)
            {
                return _idle.Count;
            }
        }
    }

    internal int WaitingCount
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count;
            }
        }
    }

    /// <summary>Rents a connection; it must come back by <see cref="Return"/>.</summary>
    /// <param name="mayReuse">
    /// Whether a kept connection will do. It may turn out closed only after the request was sent, so a request that must not be
    /// sent twice asks for a new one (rule E41).
    /// </param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <exception cref="FastCgiException">ConnectFailed, ConnectTimeout, QueueFull or QueueTimeout.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async ValueTask<FastCgiConnection> RentAsync(bool mayReuse, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        FastCgiConnection? kept = null;
        FastCgiConnection? evicted = null;
        Waiter? waiter = null;
        lock (_lock)
        {
            if (mayReuse && _idle.Count > 0)
            {
                kept = PopNewestIdle();
            }
            else if (_open < _settings.MaxConnections)
            {
                _open++;
            }
            else if (_idle.Count > 0)
            {
                evicted = PopOldestIdle();
            }
            else
            {
                waiter = Enqueue(mayReuse);
            }
        }

        if (waiter is not null)
        {
            kept = await WaitAsync(waiter, cancellationToken).ConfigureAwait(false);
        }
        else if (kept is not null && !(IsYoung(kept) && kept.IsQuiet()))
        {
            // Closed by the application while idle, most likely. Another takes its place.
            evicted = kept;
            kept = null;
        }

        evicted?.Dispose();
        return kept ?? await ConnectAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses a request early that would be refused anyway; see <see cref="IsQueueFull"/>.</summary>
    /// <exception cref="FastCgiException">QueueFull.</exception>
    public void ThrowIfQueueFull()
    {
        if (IsQueueFull)
        {
            throw QueueFull();
        }
    }

    /// <summary>Takes a rented connection back.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reusable">Whether rule E40 holds: the response ended, completely read, and the request was completely sent.</param>
    public void Return(FastCgiConnection connection, bool reusable)
    {
        connection.Deadline.Disarm();
        connection.CompletedRequests++;
        if (reusable && !connection.IsAborted && IsWithinLimits(connection))
        {
            Keep(connection);
        }
        else
        {
            Close(connection);
        }
    }

    /// <summary>
    /// The endpoint or its cluster is gone from the configuration: idle connections are closed, rented ones when they come back.
    /// Requests that still hold the pool are served.
    /// </summary>
    public void Retire()
    {
        FastCgiConnection[] idle;
        lock (_lock)
        {
            _retired = true;
            idle = [.. _idle];
            _idle.Clear();
            _idleTimer?.Dispose();
            _idleTimer = null;
        }

        foreach (var connection in idle)
        {
            Close(connection);
        }
    }

    public void Dispose() => Retire();

    /// <summary>Hands a sound connection to the oldest waiter, or keeps it idle.</summary>
    private void Keep(FastCgiConnection connection)
    {
        Waiter? waiter = null;
        lock (_lock)
        {
            if (!_retired)
            {
                if (_waiters.First is null)
                {
                    connection.IdleSinceTimestamp = _timeProvider.GetTimestamp();
                    _idle.Add(connection);
                    if (_idle.Count == 1)
                    {
                        ScheduleIdleTimer(_settings.IdleTimeout);
                    }

                    return;
                }

                if (_waiters.First.Value.MayReuse)
                {
                    waiter = Dequeue();
                }
            }
        }

        if (waiter is null)
        {
            Close(connection);
        }
        else if (connection.IsQuiet())
        {
            waiter.SetResult(connection);
        }
        else
        {
            // The application has closed the connection right behind its response (G14): the waiter makes a new one in its place.
            connection.Dispose();
            waiter.SetResult(null);
        }
    }

    // Closed before its place is given away, so that there are never more than MaxConnections.
    private void Close(FastCgiConnection connection)
    {
        connection.Dispose();
        ReleaseSlot();
    }

    private async ValueTask<FastCgiConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await _connector.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            ReleaseSlot();
            throw;
        }

        return new FastCgiConnection(socket, Endpoint, _timeProvider);
    }

    private FastCgiException QueueFull()
        => new(
            FastCgiError.QueueFull,
            $"All {_settings.MaxConnections} connections to {Endpoint} (MaxConnections) are in use and {_settings.QueueLimit} requests wait (QueueLimit).");

    private Waiter Enqueue(bool mayReuse)
    {
        if (_waiters.Count >= _settings.QueueLimit)
        {
            throw QueueFull();
        }

        var waiter = new Waiter(mayReuse);
        waiter.Node = _waiters.AddLast(waiter);
        return waiter;
    }

    private async ValueTask<FastCgiConnection?> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            return await waiter.Task.WaitAsync(_settings.QueueTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            GiveUp(waiter);
            if (exception is OperationCanceledException)
            {
                throw;
            }

            throw new FastCgiException(
                FastCgiError.QueueTimeout,
                $"None of the {_settings.MaxConnections} connections to {Endpoint} (MaxConnections) became free within QueueTimeout ({_settings.QueueTimeout}).",
                exception);
        }
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node is not null)
            {
                _waiters.Remove(waiter.Node);
                waiter.Node = null;
                return;
            }
        }

        // The other party of the race, Return or ReleaseSlot, has dequeued this waiter and gives, or gave, it a connection or a slot.
        _ = waiter.Task.ContinueWith(
            static (task, state) =>
            {
                var pool = (ConnectionPool)state!;
                if (task.Result is { } connection)
                {
                    pool.Keep(connection);
                }
                else
                {
                    pool.ReleaseSlot();
                }
            },
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    // A place has become free: the oldest waiter may make a connection.
    private void ReleaseSlot()
    {
        Waiter? waiter;
        lock (_lock)
        {
            waiter = Dequeue();
            if (waiter is null)
            {
                _open--;
            }
        }

        waiter?.SetResult(null);
    }

    private Waiter? Dequeue()
    {
        var node = _waiters.First;
        if (node is null)
        {
            return null;
        }

        _waiters.Remove(node);
        node.Value.Node = null;
        return node.Value;
    }

    private FastCgiConnection PopNewestIdle()
    {
        var connection = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        return connection;
    }

    private FastCgiConnection PopOldestIdle()
    {
        var connection = _idle[0];
        _idle.RemoveAt(0);
        return connection;
    }

    private bool IsWithinLimits(FastCgiConnection connection)
        => _settings.KeepAlive
            && connection.CompletedRequests < _settings.MaxRequestsPerConnection
            && IsYoung(connection);

    private bool IsYoung(FastCgiConnection connection)
        => _timeProvider.GetElapsedTime(connection.CreatedTimestamp) < _settings.MaxConnectionLifetime;

    private void ScheduleIdleTimer(TimeSpan delay)
    {
        if (_idleTimer is null)
        {
            _idleTimer = CreateIdleTimer(delay);
        }
        else
        {
            _idleTimer.Change(delay, Timeout.InfiniteTimeSpan);
        }
    }

    // The timer lives as long as the pool and must not keep the execution context of whichever request makes it.
    private ITimer CreateIdleTimer(TimeSpan delay)
    {
        var isFlowing = !ExecutionContext.IsFlowSuppressed();
        if (isFlowing)
        {
            ExecutionContext.SuppressFlow();
        }

        try
        {
            return _timeProvider.CreateTimer(static state => ((ConnectionPool)state!).CloseIdle(), this, delay, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            if (isFlowing)
            {
                ExecutionContext.RestoreFlow();
            }
        }
    }

    private void CloseIdle()
    {
        List<FastCgiConnection>? expired = null;
        lock (_lock)
        {
            while (_idle.Count > 0 && _timeProvider.GetElapsedTime(_idle[0].IdleSinceTimestamp) >= _settings.IdleTimeout)
            {
                (expired ??= []).Add(PopOldestIdle());
            }

            if (_idle.Count > 0)
            {
                var remaining = _settings.IdleTimeout - _timeProvider.GetElapsedTime(_idle[0].IdleSinceTimestamp);
                ScheduleIdleTimer(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(remaining.TotalMilliseconds))));
            }
        }

        foreach (var connection in expired ?? [])
        {
            Close(connection);
        }
    }

    /// <summary>A request in the queue. Null as its result is the right to make a connection.</summary>
    private sealed class Waiter(bool mayReuse) : TaskCompletionSource<FastCgiConnection?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public bool MayReuse => mayReuse;

        /// <summary>The place in the queue; null once dequeued.</summary>
        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
