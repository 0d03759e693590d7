namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// Connections that one request at a time has for itself: never more than MaxConnections, further requests wait in order of arrival, and with
/// keep-alive an unused connection goes to the oldest waiter or is kept for IdleTimeout, last in first out.
/// </summary>
/// <remarks>
/// One lock guards all state; nothing is awaited, connected or closed inside it. <c>_open</c> counts every connection that exists
/// or is being made: rented, idle or connecting. A waiter is given either a connection or the right to make one. There are waiters
/// only while MaxConnections are open and none of them is idle.
/// </remarks>
internal sealed class DedicatedPool : ConnectionPool
{
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly Func<CancellationToken, ValueTask<PooledConnection>> _connect;
    private readonly Lock _lock = new();
    private readonly IdleConnections _idle;
    private readonly WaitQueue<PooledConnection?> _waiters;
    private int _maxConnections;
    private int _open;
    private bool _retired;

    public DedicatedPool(FastCgiEndpoint endpoint, ConnectionSettings settings, TimeProvider timeProvider, IConnectGates? gates = null)
        : this(
            endpoint,
            settings,
            timeProvider,
            new Connector(endpoint, settings.ConnectTimeout, timeProvider, gates).ConnectPooledAsync)
    {
    }

    /// <param name="endpoint">Where the application listens.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="connect">Makes a connection, or fails as <see cref="RentAsync"/> does.</param>
    /// <param name="schedule">Runs what follows when the wait of a request is over; the thread pool does when it is not given.</param>
    internal DedicatedPool(
        FastCgiEndpoint endpoint,
        ConnectionSettings settings,
        TimeProvider timeProvider,
        Func<CancellationToken, ValueTask<PooledConnection>> connect,
        Action<IThreadPoolWorkItem>? schedule = null)
        : base(endpoint)
    {
        _settings = settings;
        _maxConnections = settings.MaxConnections;
        _timeProvider = timeProvider;
        _connect = connect;
        _idle = new IdleConnections(settings, timeProvider, CheckIdle);
        _waiters = new WaitQueue<PooledConnection?>(_lock, settings.QueueLimit, settings.QueueTimeout, timeProvider, schedule);
    }

    public override bool IsQueueFull
    {
        get
        {
            lock (_lock)
            {
                return _open >= _maxConnections && _idle.Count == 0 && _waiters.IsFull;
            }
        }
    }

    public override bool IsRetired
    {
        get
        {
            lock (_lock)
            {
                return _retired;
            }
        }
    }

    public override bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _open < _maxConnections || _idle.Count > 0;
            }
        }
    }

    public override bool IsSaturated
    {
        get
        {
            lock (_lock)
            {
                return _open >= _maxConnections && _idle.Count == 0;
            }
        }
    }

    public override int RequestCount
    {
        get
        {
            lock (_lock)
            {
                return _open - _idle.Count + _waiters.Count;
            }
        }
    }

    internal override int MaxConnections
    {
        get
        {
            lock (_lock)
            {
                return _maxConnections;
            }
        }
    }

    internal override int OpenCount
    {
        get
        {
            lock (_lock)
            {
                return _open;
            }
        }
    }

    internal override int IdleCount
    {
        get
        {
            lock (_lock)
            {
                return _idle.Count;
            }
        }
    }

    internal override int WaitingCount
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count;
            }
        }
    }

    public override async ValueTask<FastCgiConnection> RentAsync(bool mayReuse, CancellationToken cancellationToken, IWaitingRequest? waiting = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        PooledConnection? kept = null;
        PooledConnection? evicted = null;
        WaitQueue<PooledConnection?>.Waiter? waiter = null;
        lock (_lock)
        {
            if (mayReuse && _idle.Count > 0)
            {
                kept = _idle.PopNewest();
            }
            else if (_open < _maxConnections)
            {
                _open++;
            }
            else if (_idle.Count > 0)
            {
                evicted = _idle.PopOldest();
            }
            else
            {
                waiter = _waiters.IsFull ? throw QueueFull() : _waiters.Enqueue(mayReuse);
            }
        }

        if (waiter is not null)
        {
            waiting?.OnQueued();
            kept = await WaitAsync(waiter, cancellationToken).ConfigureAwait(false);
            waiting?.OnDequeued();
        }
        else if (kept is not null && !(IsYoung(kept) && kept.IsQuiet()))
        {
            // Closed by the application while idle, most likely. Another takes its place.
            evicted = kept;
            kept = null;
        }

        return kept ?? await ConnectAsync(evicted, cancellationToken).ConfigureAwait(false);
    }

    public override void Return(FastCgiConnection connection, bool reusable)
    {
        OnReturned(reusable);
        var pooled = (PooledConnection)connection;
        pooled.Deadline.Disarm();
        if (pooled.CompletedRequests++ == 0)
        {
            pooled.KeptSinceTimestamp = _timeProvider.GetTimestamp();
        }

        if (reusable && !pooled.IsAborted && IsWithinLimits(pooled))
        {
            Keep(pooled);
        }
        else
        {
            Close(pooled);
        }
    }

    public override void Retire()
    {
        PooledConnection[] idle;
        lock (_lock)
        {
            _retired = true;
            idle = _idle.PopAll();
        }

        foreach (var connection in idle)
        {
            Close(connection);
        }
    }

    public override void Resize(int maxConnections)
    {
        List<WaitQueue<PooledConnection?>.Waiter> served = [];
        List<PooledConnection> closing = [];
        lock (_lock)
        {
            _maxConnections = maxConnections;
            while (_open < _maxConnections && _waiters.Dequeue() is { } waiter)
            {
                _open++;
                served.Add(waiter);
            }

            for (var surplus = _open - _maxConnections; surplus > 0 && _idle.Count > 0; surplus--)
            {
                closing.Add(_idle.PopOldest());
            }
        }

        foreach (var waiter in served)
        {
            waiter.Give(null);
        }

        foreach (var connection in closing)
        {
            Close(connection);
        }
    }

    /// <summary>Hands a sound connection to the oldest waiter, or keeps it idle.</summary>
    private void Keep(PooledConnection connection)
    {
        WaitQueue<PooledConnection?>.Waiter? waiter = null;
        var surplus = connection;
        lock (_lock)
        {
            // It is one too many when the limit was lowered while it was rented.
            var isWithinLimit = _open <= _maxConnections;
            if (isWithinLimit && _waiters.Oldest is { } oldest)
            {
                if (oldest.MayReuse && !_retired)
                {
                    waiter = _waiters.Dequeue();
                }
            }
            else if (isWithinLimit && !_retired && _settings.MaxIdleConnections > 0)
            {
                // The one that is longest out of use makes room.
                surplus = _idle.Count >= _settings.MaxIdleConnections ? _idle.PopOldest() : null;
                _idle.Add(connection);
            }
        }

        if (waiter is null)
        {
            if (surplus is not null)
            {
                Close(surplus);
            }
        }
        else if (connection.IsQuiet())
        {
            waiter.Give(connection);
        }
        else
        {
            // The application has closed the connection right behind its response (G14): the waiter makes a new one in its place.
            connection.Dispose();
            waiter.Give(null);
            ReportClosed(connection);
        }
    }

    // Closed before its place is given away, so that there are never more than MaxConnections.
    private void Close(PooledConnection connection)
    {
        connection.Dispose();
        ReleaseSlot();
        ReportClosed(connection);
    }

    // Listeners of telemetry are not our code: by the time they run, nothing is held that they could make us lose.
    private void ReportClosed(PooledConnection connection) => Closed?.Invoke(_timeProvider.GetElapsedTime(connection.CreatedTimestamp));

    /// <param name="replaced">The connection whose place the new one takes; null when there is a place for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async ValueTask<PooledConnection> ConnectAsync(PooledConnection? replaced, CancellationToken cancellationToken)
    {
        try
        {
            if (replaced is not null)
            {
                replaced.Dispose();
                ReportClosed(replaced);
            }

            var connection = await _connect(cancellationToken).ConfigureAwait(false);
            connection.CreatedTimestamp = _timeProvider.GetTimestamp();
            return connection;
        }
        catch
        {
            ReleaseSlot();
            throw;
        }
    }

    protected override FastCgiException QueueFull()
        => new(
            FastCgiError.QueueFull,
            $"All {_maxConnections} connections to {Endpoint} (MaxConnections) are in use and {_settings.QueueLimit} requests wait (QueueLimit).");

    private async ValueTask<PooledConnection?> WaitAsync(WaitQueue<PooledConnection?>.Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            return await _waiters.WaitAsync(waiter, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new FastCgiException(
                FastCgiError.QueueTimeout,
                $"None of the {_maxConnections} connections to {Endpoint} (MaxConnections) became free within QueueTimeout ({_settings.QueueTimeout}).",
                exception);
        }
    }

    // A place has become free: the oldest waiter may make a connection.
    private void ReleaseSlot()
    {
        WaitQueue<PooledConnection?>.Waiter? waiter;
        lock (_lock)
        {
            waiter = _open > _maxConnections ? null : _waiters.Dequeue();
            if (waiter is null)
            {
                _open--;
            }
        }

        waiter?.Give(null);
    }

    private bool IsWithinLimits(PooledConnection connection)
        => _settings.KeepAlive
            && connection.CompletedRequests < _settings.MaxRequestsPerConnection
            && IsYoung(connection);

    private bool IsYoung(PooledConnection connection)
        => _timeProvider.GetElapsedTime(connection.KeptSinceTimestamp) < _settings.MaxConnectionLifetime;

    private void CheckIdle()
    {
        List<PooledConnection> closing;
        PooledConnection[] idle;
        lock (_lock)
        {
            closing = _idle.PopOverdue();
            idle = _idle.ToArray();
        }

        foreach (var connection in closing)
        {
            Close(connection);
        }

        foreach (var connection in idle)
        {
            if (!(IsYoung(connection) && connection.IsQuiet()) && TryTakeIdle(connection))
            {
                Close(connection);
            }
        }

        lock (_lock)
        {
            _idle.ScheduleCheck();
        }
    }

    // False when a request has taken it since: what there is to read is its response then.
    private bool TryTakeIdle(PooledConnection connection)
    {
        lock (_lock)
        {
            return _idle.TryTake(connection);
        }
    }
}
