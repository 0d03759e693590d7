using Waiter = Yarp.FastCgi.Client.Connections.WaitQueue<Yarp.FastCgi.Client.Connections.Multiplexing.SharedConnection?>.Waiter;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>What a multiplexed pool knows: the application's answer, the connections, and who waits for a place on one.</summary>
/// <remarks>
/// One lock guards all of it; nothing is awaited, connected or closed inside. What a change leads to is returned, for the pool to do
/// outside. A waiter is given a place on a connection, or null when the application turns out not to multiplex.
/// </remarks>
internal sealed class MultiplexedPoolState
{
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private readonly SharedConnectionList _connections;
    private readonly WaitQueue<SharedConnection?> _waiters;
    private readonly IdleTimer _idleTimer;
    private MultiplexingAnswer _answer;
    private bool _idleTimerIsSet;
    private bool _retired;

    /// <param name="settings">The limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="idleElapsed">Called when connections may have been idle for IdleTimeout; <see cref="RemoveIdle"/> has to follow.</param>
    public MultiplexedPoolState(ConnectionSettings settings, TimeProvider timeProvider, Action idleElapsed)
    {
        _settings = settings;
        _timeProvider = timeProvider;
        _connections = new SharedConnectionList(settings, timeProvider);
        _waiters = new WaitQueue<SharedConnection?>(_lock, settings.QueueLimit, settings.QueueTimeout, timeProvider);
        _idleTimer = new IdleTimer(timeProvider, idleElapsed);
    }

    /// <summary>Whether a request that came now would be refused; null when the application does not multiplex.</summary>
    public bool? IsQueueFull
        => Read(static state => state.IsShared ? state.FindPlace() is null && state._waiters.IsFullBeside(state._connections.PlacesToCome) : (bool?)null);

    /// <summary>Whether a request that came now would have to wait; null when the application does not multiplex.</summary>
    public bool? IsSaturated
        => Read(static state => state.IsShared ? state.FindPlace() is null && state._connections.PlacesToCome <= state._waiters.Count : (bool?)null);

    public bool IsRetired => Read(static state => state._retired);

    /// <summary>Requests that have a place or wait for one.</summary>
    public int RequestCount => Read(static state => state._connections.Running + state._waiters.Count);

    public int MaxConnections => Read(static state => state._connections.MaxConnections);

    public int OpenCount => Read(static state => state._connections.Open);

    public int IdleCount => Read(static state => state._connections.IdleCount);

    public int RunningCount => Read(static state => state._connections.Running);

    public int WaitingCount => Read(static state => state._waiters.Count);

    private bool IsShared => _answer != MultiplexingAnswer.No;

    /// <summary>Takes a place for a request; none that is free before those who wait have theirs.</summary>
    public Admission Admit(bool mayReuse)
    {
        lock (_lock)
        {
            if (!IsShared)
            {
                return default;
            }

            if (_waiters.Count == 0 && FindPlace() is { } place)
            {
                _connections.Take(place);
                return new Admission(place);
            }

            if (_waiters.IsFullBeside(_connections.PlacesToCome))
            {
                return new Admission(IsRefused: true);
            }

            var waiter = _waiters.Enqueue(mayReuse);
            var asks = _answer == MultiplexingAnswer.Unknown;
            _answer = asks ? MultiplexingAnswer.Awaited : _answer;
            return new Admission(Waiter: waiter, Asks: asks, Connects: PlanConnections());
        }
    }

    /// <inheritdoc cref="WaitQueue{T}.WaitAsync"/>
    public ValueTask<SharedConnection?> WaitAsync(Waiter waiter, CancellationToken cancellationToken) => _waiters.WaitAsync(waiter, cancellationToken);

    /// <summary>The application multiplexes, within these limits.</summary>
    public PoolWork OnMultiplexes(ApplicationValues values)
    {
        lock (_lock)
        {
            _answer = MultiplexingAnswer.Yes;
            _connections.Limit(values);
            return new PoolWork(PlanConnections(), Closing: null, Served: null);
        }
    }

    /// <summary>The application does not multiplex.</summary>
    /// <returns>What is to be closed, and who gets no place; null when it was known.</returns>
    public (List<SharedConnection> Closing, Waiter[] Waiters)? OnDoesNotMultiplex()
    {
        lock (_lock)
        {
            if (!IsShared)
            {
                return null;
            }

            _answer = MultiplexingAnswer.No;
            _connections.MakeUnusable();
            return (_connections.RemoveIdle(), DequeueAll());
        }
    }

    /// <summary>The application is not there. It may be another one when it is back: it is asked again.</summary>
    /// <returns>Who waits in vain.</returns>
    public Waiter[] OnDown()
    {
        lock (_lock)
        {
            _answer = MultiplexingAnswer.Unknown;
            return DequeueAll();
        }
    }

    /// <summary>The same, of one that does not multiplex.</summary>
    public void OnDedicatedDown()
    {
        lock (_lock)
        {
            _answer = IsShared ? _answer : MultiplexingAnswer.Unknown;
        }
    }

    /// <summary>A connection that was planned is made.</summary>
    public void OnConnected(SharedConnection shared)
    {
        lock (_lock)
        {
            _connections.Add(shared);
            shared.IsUnusable = !IsShared;
        }
    }

    /// <summary>A connection that was planned cannot be made. Those who wait are content with any that there is.</summary>
    public PoolWork OnConnectFailed(out bool isDown)
    {
        lock (_lock)
        {
            _connections.OnConnectFailed();
            var served = ServeWaiters(takesAny: true);
            isDown = _connections.Open == 0;
            return new PoolWork(Connects: 0, Closing: null, served);
        }
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnRequestEnded"/>
    /// <returns>False when the connection is gone already.</returns>
    public bool OnRequestEnded(SharedConnection shared, bool wasGivenUp)
    {
        lock (_lock)
        {
            if (shared.IsRemoved)
            {
                return false;
            }

            shared.GivenUp -= wasGivenUp ? 1 : 0;
            _connections.FreePlace(shared);
            return true;
        }
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnRequestGivenUp"/>
    public void OnRequestGivenUp(SharedConnection shared)
    {
        lock (_lock)
        {
            shared.GivenUp++;
        }
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnBroken"/>
    public void OnBroken(SharedConnection shared)
    {
        lock (_lock)
        {
            shared.IsUnusable = true;
        }
    }

    /// <summary>A place that was taken is of no use: the connection takes no further requests.</summary>
    public void OnNotBegun(SharedConnection shared)
    {
        lock (_lock)
        {
            shared.IsUnusable = true;
            if (!shared.IsRemoved)
            {
                _connections.FreePlace(shared);
            }
        }
    }

    /// <summary>Something about a connection has changed: who waits may have a place on it, or it is not needed any more.</summary>
    public PoolWork OnChanged(SharedConnection shared)
    {
        lock (_lock)
        {
            var served = ServeWaiters();
            SharedConnection? closing = null;
            if (!shared.IsRemoved && shared.IsIdle)
            {
                shared.IdleSinceTimestamp = _timeProvider.GetTimestamp();
                closing = _retired || shared.IsUnusable || !_connections.IsFresh(shared) ? shared : _connections.FindSurplusIdle();
                if (closing is not null)
                {
                    _connections.Remove(closing);
                }

                SetIdleTimer();
            }

            return new PoolWork(PlanConnections(), closing, served);
        }
    }

    /// <returns>False when it was taken out already.</returns>
    public bool TryRemove(SharedConnection shared)
    {
        lock (_lock)
        {
            if (shared.IsRemoved)
            {
                return false;
            }

            _connections.Remove(shared);
            return true;
        }
    }

    /// <summary>Takes out what has been idle for IdleTimeout.</summary>
    public List<SharedConnection> RemoveIdle()
    {
        lock (_lock)
        {
            _idleTimerIsSet = false;
            var closing = _connections.RemoveIdle(_settings.IdleTimeout);
            SetIdleTimer();
            return closing;
        }
    }

    /// <summary>So many connections that were taken out are closed: their places are free.</summary>
    public PoolWork OnClosed(int count)
    {
        lock (_lock)
        {
            _connections.OnClosed(count);
            return new PoolWork(PlanConnections(), Closing: null, Served: null);
        }
    }

    /// <summary>Keeps no idle connection from now on.</summary>
    /// <returns>Those that there are.</returns>
    public List<SharedConnection> Retire()
    {
        lock (_lock)
        {
            _retired = true;
            _idleTimer.Stop();
            return _connections.RemoveIdle();
        }
    }

    private T Read<T>(Func<MultiplexedPoolState, T> read)
    {
        lock (_lock)
        {
            return read(this);
        }
    }

    // All that follow are called inside the lock.
    private SharedConnection? FindPlace(bool takesAny = false) => _answer == MultiplexingAnswer.Yes ? _connections.FindPlace(takesAny) : null;

    private int PlanConnections() => _answer == MultiplexingAnswer.Yes ? _connections.Plan(_waiters.Count) : 0;

    private List<(Waiter Waiter, SharedConnection Place)>? ServeWaiters(bool takesAny = false)
    {
        List<(Waiter, SharedConnection)>? served = null;
        while (_waiters.Count > 0 && FindPlace(takesAny) is { } place)
        {
            _connections.Take(place);
            (served ??= []).Add((_waiters.Dequeue()!, place));
        }

        return served;
    }

    private Waiter[] DequeueAll()
    {
        var waiters = new Waiter[_waiters.Count];
        for (var i = 0; i < waiters.Length; i++)
        {
            waiters[i] = _waiters.Dequeue()!;
        }

        return waiters;
    }

    private void SetIdleTimer()
    {
        if (!_idleTimerIsSet && !_retired && _connections.GetLongestIdleTime() is { } longest)
        {
            _idleTimer.Set(_settings.IdleTimeout - longest);
            _idleTimerIsSet = true;
        }
    }
}
