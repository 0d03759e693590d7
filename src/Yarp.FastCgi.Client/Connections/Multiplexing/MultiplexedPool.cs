using System.Net.Sockets;
using Waiter = Yarp.FastCgi.Client.Connections.WaitQueue<Yarp.FastCgi.Client.Connections.Multiplexing.SharedConnection?>.Waiter;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>
/// Connections that many requests share, as few as it takes: the next is made when all have MaxMultiplexedRequests on them. The
/// application is asked first whether it multiplexes; one that does not has a connection for each request.
/// </summary>
/// <remarks>
/// One lock guards all state; nothing is awaited, connected or closed inside it. <c>_open</c> counts the connections that exist or are
/// being made, <c>_running</c> the places on them that are taken: by requests, and by those that were given up and that the application
/// has not ended. A waiter is given a place on a connection, or null when the application turns out not to multiplex.
/// </remarks>
internal sealed class MultiplexedPool : ConnectionPool
{
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly Connector _connector;
    private readonly Action<FastCgiEndpoint, string> _notMultiplexing;
    private readonly DedicatedPool _dedicated;
    private readonly Lock _lock = new();
    private readonly List<SharedConnection> _connections = [];
    private readonly WaitQueue<SharedConnection?> _waiters;
    private MultiplexingAnswer _answer;
    private int _maxConnections;
    private int _maxRequests;
    private int _open;
    private int _connecting;
    private int _running;
    private ITimer? _idleTimer;
    private bool _idleTimerIsSet;
    private bool _retired;

    /// <param name="endpoint">Where the application listens.</param>
    /// <param name="settings">The limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="notMultiplexing">Told, with the reason, when the application turns out not to multiplex.</param>
    /// <param name="gates">Knows whether the endpoint has a gate in front of it; null when none has.</param>
    public MultiplexedPool(
        FastCgiEndpoint endpoint,
        ConnectionSettings settings,
        TimeProvider timeProvider,
        Action<FastCgiEndpoint, string> notMultiplexing,
        IConnectGates? gates = null)
        : base(endpoint)
    {
        _settings = settings;
        _timeProvider = timeProvider;
        _notMultiplexing = notMultiplexing;
        _connector = new Connector(endpoint, settings.ConnectTimeout, timeProvider, gates);
        _dedicated = new DedicatedPool(endpoint, settings, timeProvider, ConnectDedicatedAsync);
        _waiters = new WaitQueue<SharedConnection?>(_lock, settings.QueueLimit, settings.QueueTimeout, timeProvider);
        Limit(default);
    }

    public override bool IsQueueFull
    {
        get
        {
            lock (_lock)
            {
                if (_answer != MultiplexingAnswer.No)
                {
                    return FindPlace() is null && _waiters.IsFullBeside(PlacesToCome());
                }
            }

            return _dedicated.IsQueueFull;
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

    public override Action<TimeSpan>? Closed
    {
        get => _dedicated.Closed;
        set => _dedicated.Closed = value;
    }

    public override bool IsSaturated
    {
        get
        {
            lock (_lock)
            {
                if (_answer != MultiplexingAnswer.No)
                {
                    return FindPlace() is null && PlacesToCome() <= _waiters.Count;
                }
            }

            return _dedicated.IsSaturated;
        }
    }

    public override int RequestCount
    {
        get
        {
            lock (_lock)
            {
                return _running + _waiters.Count + _dedicated.RequestCount;
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

    internal override int IdleCount
    {
        get
        {
            lock (_lock)
            {
                return _connections.FindAll(static shared => shared.IsIdle).Count + _dedicated.IdleCount;
            }
        }
    }

    internal override int OpenCount
    {
        get
        {
            lock (_lock)
            {
                return _open + _dedicated.OpenCount;
            }
        }
    }

    /// <summary>Places that are taken.</summary>
    internal int RunningCount
    {
        get
        {
            lock (_lock)
            {
                return _running;
            }
        }
    }

    internal override int WaitingCount
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count + _dedicated.WaitingCount;
            }
        }
    }

    public override async ValueTask<FastCgiConnection> RentAsync(bool mayReuse, CancellationToken cancellationToken, IWaitingRequest? waiting = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            SharedConnection? shared = null;
            Waiter? waiter = null;
            var asks = false;
            var connects = 0;
            lock (_lock)
            {
                if (_answer != MultiplexingAnswer.No)
                {
                    shared = _waiters.Count == 0 ? FindPlace() : null;
                    if (shared is not null)
                    {
                        Take(shared);
                    }
                    else
                    {
                        waiter = _waiters.IsFullBeside(PlacesToCome()) ? throw QueueFull() : _waiters.Enqueue(mayReuse);
                        connects = PlanConnections();
                        asks = _answer == MultiplexingAnswer.Unknown;
                        _answer = asks ? MultiplexingAnswer.Awaited : _answer;
                    }
                }
            }

            if (asks)
            {
                Detached.Run(() => _ = AskAsync());
            }

            if (waiter is not null)
            {
                Connect(connects);
                waiting?.OnQueued();
                shared = await WaitAsync(waiter, cancellationToken).ConfigureAwait(false);
                waiting?.OnDequeued();
            }

            if (shared is null)
            {
                return await _dedicated.RentAsync(mayReuse, cancellationToken, waiting).ConfigureAwait(false);
            }

            if (shared.Connection.TryBegin() is { } request)
            {
                return request;
            }

            // It has ended since, or its ids are used up. Nothing was sent.
            OnNotBegun(shared);
        }
    }

    public override void Return(FastCgiConnection connection, bool reusable)
    {
        OnReturned(reusable);
        if (connection is MultiplexedRequest request)
        {
            request.Dispose();
        }
        else
        {
            _dedicated.Return(connection, reusable);
        }
    }

    public override void Retire()
    {
        List<SharedConnection> closing;
        lock (_lock)
        {
            _retired = true;
            closing = RemoveIdle();
            _idleTimer?.Dispose();
            _idleTimer = null;
        }

        Close(closing);
        _dedicated.Retire();
    }

    // Connections that are shared are limited by what the application says of itself before they are made.
    public override void Resize(int maxConnections) => _dedicated.Resize(maxConnections);

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnRequestEnded"/>
    public void OnRequestEnded(SharedConnection shared, bool wasGivenUp)
    {
        lock (_lock)
        {
            if (shared.IsRemoved)
            {
                return;
            }

            shared.GivenUp -= wasGivenUp ? 1 : 0;
            FreePlace(shared);
        }

        OnChanged(shared);
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnRequestGivenUp"/>
    public void OnRequestGivenUp(SharedConnection shared)
    {
        lock (_lock)
        {
            shared.GivenUp++;
        }

        OnChanged(shared);
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnCannotMultiplex"/>
    public void OnCannotMultiplex() => UseDedicated("it has refused a request for sharing a connection: FCGI_CANT_MPX_CONN");

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnBroken"/>
    public void OnBroken(SharedConnection shared)
    {
        lock (_lock)
        {
            shared.IsUnusable = true;
        }

        OnChanged(shared);
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnClosed"/>
    public void OnClosed(SharedConnection shared)
    {
        lock (_lock)
        {
            if (shared.IsRemoved)
            {
                return;
            }

            Remove(shared);
        }

        Close([shared]);
    }

    protected override FastCgiException QueueFull()
        => new(FastCgiError.QueueFull, $"{DescribePlaces()} are in use and {_settings.QueueLimit} requests wait (QueueLimit).");

    private void OnNotBegun(SharedConnection shared)
    {
        lock (_lock)
        {
            shared.IsUnusable = true;
            if (!shared.IsRemoved)
            {
                FreePlace(shared);
            }
        }

        OnChanged(shared);
    }

    /// <summary>Something about a connection has changed: who waits may have a place on it, or it is not needed any more.</summary>
    private void OnChanged(SharedConnection shared)
    {
        List<(Waiter Waiter, SharedConnection Place)>? served;
        SharedConnection? closing = null;
        int connects;
        lock (_lock)
        {
            served = ServeWaiters();
            if (!shared.IsRemoved && shared.IsIdle)
            {
                shared.IdleSinceTimestamp = _timeProvider.GetTimestamp();
                closing = _retired || shared.IsUnusable || !IsFresh(shared) ? shared : FindSurplusIdle();
                if (closing is not null)
                {
                    Remove(closing);
                }

                ScheduleIdleTimer();
            }

            connects = PlanConnections();
        }

        Give(served);
        if (closing is not null)
        {
            Close([closing]);
        }

        Connect(connects);
    }

    private string DescribePlaces()
        => $"All {_settings.MaxConnections} connections to {Endpoint} (MaxConnections) with {_settings.MaxMultiplexedRequests} requests each (MaxMultiplexedRequests)";

    private async ValueTask<SharedConnection?> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            return await _waiters.WaitAsync(waiter, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw new FastCgiException(FastCgiError.QueueTimeout, $"{DescribePlaces()} stayed in use for QueueTimeout ({_settings.QueueTimeout}).", exception);
        }
    }

    private async Task AskAsync()
    {
        ApplicationValues values;
        string? refusal;
        try
        {
            using var connection = await _connector.ConnectPooledAsync(CancellationToken.None).ConfigureAwait(false);
            (values, refusal) = await ApplicationProbe.AskAsync(connection, _settings.ConnectTimeout).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            FailWaiters(AsFailure(exception));
            return;
        }

        if (refusal is not null)
        {
            UseDedicated(refusal);
            return;
        }

        int connects;
        lock (_lock)
        {
            _answer = MultiplexingAnswer.Yes;
            Limit(values);
            connects = PlanConnections();
        }

        Connect(connects);
    }

    private void UseDedicated(string why)
    {
        List<SharedConnection> closing;
        Waiter[] waiters;
        lock (_lock)
        {
            if (_answer == MultiplexingAnswer.No)
            {
                return;
            }

            _answer = MultiplexingAnswer.No;
            _connections.ForEach(static shared => shared.IsUnusable = true);
            closing = RemoveIdle();
            waiters = DequeueAll();
        }

        _notMultiplexing(Endpoint, why);
        Close(closing);
        foreach (var waiter in waiters)
        {
            waiter.Give(null);
        }
    }

    // An application that is not there may be another one when it is back: it is asked again.
    private void FailWaiters(FastCgiException failure)
    {
        Waiter[] waiters;
        lock (_lock)
        {
            _answer = MultiplexingAnswer.Unknown;
            waiters = DequeueAll();
        }

        foreach (var waiter in waiters)
        {
            waiter.Fail(new FastCgiException(failure.Error, failure.Message, failure));
        }
    }

    private async ValueTask<PooledConnection> ConnectDedicatedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _connector.ConnectPooledAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (FastCgiException exception) when (exception.Error == FastCgiError.ConnectFailed)
        {
            lock (_lock)
            {
                _answer = _answer == MultiplexingAnswer.No ? MultiplexingAnswer.Unknown : _answer;
            }

            throw;
        }
    }

    private void Connect(int count)
    {
        for (; count > 0; count--)
        {
            Detached.Run(() => _ = ConnectAsync());
        }
    }

    private async Task ConnectAsync()
    {
        Socket socket;
        try
        {
            socket = await _connector.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            OnConnectFailed(AsFailure(exception));
            return;
        }

        var shared = new SharedConnection(this, socket, _settings.MultiplexingBufferSize, _timeProvider);
        lock (_lock)
        {
            _connecting--;
            _connections.Add(shared);
            shared.IsUnusable = _answer == MultiplexingAnswer.No;
        }

        shared.Connection.Start();
        OnChanged(shared);
    }

    private void OnConnectFailed(FastCgiException failure)
    {
        List<(Waiter Waiter, SharedConnection Place)>? served;
        bool isDown;
        lock (_lock)
        {
            _connecting--;
            _open--;
            served = ServeWaiters(takesAny: true);
            isDown = _open == 0;
        }

        Give(served);
        if (isDown)
        {
            FailWaiters(failure);
        }
    }

    private FastCgiException AsFailure(Exception exception)
        => exception as FastCgiException ?? new FastCgiException(FastCgiError.ConnectFailed, $"No connection to {Endpoint}: {exception.Message}", exception);

    /// <summary>Closes connections that were removed; their places are free then, and not before.</summary>
    private void Close(List<SharedConnection> removed)
    {
        if (removed.Count == 0)
        {
            return;
        }

        removed.ForEach(static shared => shared.Connection.Close());
        int connects;
        lock (_lock)
        {
            _open -= removed.Count;
            connects = PlanConnections();
        }

        Connect(connects);
        foreach (var shared in removed)
        {
            Closed?.Invoke(_timeProvider.GetElapsedTime(shared.CreatedTimestamp));
        }
    }

    private static void Give(List<(Waiter Waiter, SharedConnection Place)>? served)
    {
        foreach (var (waiter, place) in served ?? [])
        {
            waiter.Give(place);
        }
    }

    private void CloseIdle()
    {
        List<SharedConnection> closing;
        lock (_lock)
        {
            _idleTimerIsSet = false;
            closing = RemoveIdle(_settings.IdleTimeout);
            ScheduleIdleTimer();
        }

        Close(closing);
    }

    // All that follow are called inside the lock.
    private void Limit(ApplicationValues values)
    {
        _maxConnections = Math.Min(_settings.MaxConnections, values.MaxConnections ?? int.MaxValue);
        _maxRequests = values.MaxRequests ?? int.MaxValue;
    }

    /// <summary>A connection that takes one more request. One that is old, or whose application does not read, only where no other can be made.</summary>
    private SharedConnection? FindPlace(bool takesAny = false)
    {
        if (_answer != MultiplexingAnswer.Yes || _running >= _maxRequests)
        {
            return null;
        }

        SharedConnection? second = null;
        foreach (var shared in _connections)
        {
            if (!shared.IsUnusable && shared.Running < _settings.MaxMultiplexedRequests)
            {
                if (IsFresh(shared) && !shared.Connection.IsStuck)
                {
                    return shared;
                }

                second ??= shared;
            }
        }

        return takesAny || _open >= _maxConnections ? second : null;
    }

    private bool IsFresh(SharedConnection shared)
        => shared.Served < _settings.MaxRequestsPerConnection
            && shared.GivenUp * 2 <= _settings.MaxMultiplexedRequests
            && _timeProvider.GetElapsedTime(shared.CreatedTimestamp) < _settings.MaxConnectionLifetime;

    private void Take(SharedConnection shared)
    {
        shared.Running++;
        shared.Served++;
        _running++;
    }

    private void FreePlace(SharedConnection shared)
    {
        shared.Running--;
        _running--;
    }

    /// <summary>Places that are there as soon as the connections are made that may be made.</summary>
    private long PlacesToCome()
        => Math.Min((long)(_maxConnections - _open + _connecting) * _settings.MaxMultiplexedRequests, _maxRequests - _running);

    private List<(Waiter Waiter, SharedConnection Place)>? ServeWaiters(bool takesAny = false)
    {
        List<(Waiter, SharedConnection)>? served = null;
        while (_waiters.Count > 0 && FindPlace(takesAny) is { } place)
        {
            Take(place);
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

    /// <returns>How many connections are to be made for those who wait. They count already.</returns>
    private int PlanConnections()
    {
        var count = 0;
        while (_answer == MultiplexingAnswer.Yes
            && _open < _maxConnections
            && _running < _maxRequests
            && _waiters.Count > (long)_connecting * _settings.MaxMultiplexedRequests)
        {
            _open++;
            _connecting++;
            count++;
        }

        return count;
    }

    private void Remove(SharedConnection shared)
    {
        _connections.Remove(shared);
        _running -= shared.Running;
        shared.IsRemoved = true;
    }

    private List<SharedConnection> RemoveIdle(TimeSpan since = default)
    {
        var idle = _connections.FindAll(shared => shared.IsIdle && _timeProvider.GetElapsedTime(shared.IdleSinceTimestamp) >= since);
        idle.ForEach(Remove);
        return idle;
    }

    /// <summary>The connection longest out of use when there are more than MaxIdleConnections.</summary>
    private SharedConnection? FindSurplusIdle()
    {
        SharedConnection? oldest = null;
        var count = 0;
        foreach (var shared in _connections)
        {
            if (shared.IsIdle)
            {
                count++;
                oldest = oldest is null || shared.IdleSinceTimestamp < oldest.IdleSinceTimestamp ? shared : oldest;
            }
        }

        return count > _settings.MaxIdleConnections ? oldest : null;
    }

    private void ScheduleIdleTimer()
    {
        if (_idleTimerIsSet || _retired)
        {
            return;
        }

        var longest = TimeSpan.MinValue;
        foreach (var shared in _connections)
        {
            var idleFor = shared.IsIdle ? _timeProvider.GetElapsedTime(shared.IdleSinceTimestamp) : TimeSpan.MinValue;
            longest = idleFor > longest ? idleFor : longest;
        }

        if (longest == TimeSpan.MinValue)
        {
            return;
        }

        _idleTimer ??= Detached.CreateTimer(_timeProvider, static state => ((MultiplexedPool)state!).CloseIdle(), this);
        _idleTimer.Change(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((_settings.IdleTimeout - longest).TotalMilliseconds))), Timeout.InfiniteTimeSpan);
        _idleTimerIsSet = true;
    }
}
