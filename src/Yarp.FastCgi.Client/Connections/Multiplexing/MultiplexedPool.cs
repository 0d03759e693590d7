using System.Net.Sockets;
using Waiter = Yarp.FastCgi.Client.Connections.WaitQueue<Yarp.FastCgi.Client.Connections.Multiplexing.SharedConnection?>.Waiter;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>
/// Connections that many requests share, as few as it takes: the next is made when all have MaxMultiplexedRequests on them. The
/// application is asked first whether it multiplexes; one that does not has a connection for each request.
/// </summary>
/// <remarks>
/// <see cref="MultiplexedPoolState"/> decides, inside its lock; what follows of it is done here, outside: asking, connecting, closing and telling
/// who waits.
/// </remarks>
internal sealed class MultiplexedPool : ConnectionPool
{
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly Connector _connector;
    private readonly Action<FastCgiEndpoint, string> _notMultiplexing;
    private readonly DedicatedPool _dedicated;
    private readonly MultiplexedPoolState _state;

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
        _state = new MultiplexedPoolState(settings, timeProvider, CloseIdle);
    }

    public override bool IsQueueFull => _state.IsQueueFull ?? _dedicated.IsQueueFull;

    public override bool IsRetired => _state.IsRetired;

    public override Action<TimeSpan>? Closed
    {
        get => _dedicated.Closed;
        set => _dedicated.Closed = value;
    }

    public override bool IsSaturated => _state.IsSaturated ?? _dedicated.IsSaturated;

    public override int RequestCount => _state.RequestCount + _dedicated.RequestCount;

    internal override int MaxConnections => _state.MaxConnections;

    internal override int IdleCount => _state.IdleCount + _dedicated.IdleCount;

    internal override int OpenCount => _state.OpenCount + _dedicated.OpenCount;

    /// <summary>Places that are taken.</summary>
    internal int RunningCount => _state.RunningCount;

    internal override int WaitingCount => _state.WaitingCount + _dedicated.WaitingCount;

    public override async ValueTask<FastCgiConnection> RentAsync(bool mayReuse, CancellationToken cancellationToken, IWaitingRequest? waiting = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            var admission = _state.Admit(mayReuse);
            if (admission.IsRefused)
            {
                throw QueueFull();
            }

            if (admission.Asks)
            {
                Detached.Run(() => _ = AskAsync());
            }

            var shared = admission.Place;
            if (admission.Waiter is { } waiter)
            {
                Connect(admission.Connects);
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
            _state.OnNotBegun(shared);
            OnChanged(shared);
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
        Close(_state.Retire());
        _dedicated.Retire();
    }

    // Connections that are shared are limited by what the application says of itself before they are made.
    public override void Resize(int maxConnections) => _dedicated.Resize(maxConnections);

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnRequestEnded"/>
    public void OnRequestEnded(SharedConnection shared, bool wasGivenUp)
    {
        if (_state.OnRequestEnded(shared, wasGivenUp))
        {
            OnChanged(shared);
        }
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnRequestGivenUp"/>
    public void OnRequestGivenUp(SharedConnection shared)
    {
        _state.OnRequestGivenUp(shared);
        OnChanged(shared);
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnCannotMultiplex"/>
    public void OnCannotMultiplex() => UseDedicated("it has refused a request for sharing a connection: FCGI_CANT_MPX_CONN");

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnBroken"/>
    public void OnBroken(SharedConnection shared)
    {
        _state.OnBroken(shared);
        OnChanged(shared);
    }

    /// <inheritdoc cref="IMultiplexedConnectionOwner.OnClosed"/>
    public void OnClosed(SharedConnection shared)
    {
        if (_state.TryRemove(shared))
        {
            Close([shared]);
        }
    }

    protected override FastCgiException QueueFull()
        => new(FastCgiError.QueueFull, $"{DescribePlaces()} are in use and {_settings.QueueLimit} requests wait (QueueLimit).");

    private void OnChanged(SharedConnection shared) => Do(_state.OnChanged(shared));

    private void Do(PoolWork work)
    {
        work.Served?.ForEach(static served => served.Waiter.Give(served.Place));
        if (work.Closing is { } closing)
        {
            Close([closing]);
        }

        Connect(work.Connects);
    }

    private string DescribePlaces()
        => $"All {_settings.MaxConnections} connections to {Endpoint} (MaxConnections) with {_settings.MaxMultiplexedRequests} requests each (MaxMultiplexedRequests)";

    private async ValueTask<SharedConnection?> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            return await _state.WaitAsync(waiter, cancellationToken).ConfigureAwait(false);
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
        }
        else
        {
            Do(_state.OnMultiplexes(values));
        }
    }

    private void UseDedicated(string why)
    {
        if (_state.OnDoesNotMultiplex() is not var (closing, waiters))
        {
            return;
        }

        _notMultiplexing(Endpoint, why);
        Close(closing);
        foreach (var waiter in waiters)
        {
            waiter.Give(null);
        }
    }

    private void FailWaiters(FastCgiException failure)
    {
        foreach (var waiter in _state.OnDown())
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
            _state.OnDedicatedDown();
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
        _state.OnConnected(shared);
        shared.Connection.Start();
        OnChanged(shared);
    }

    private void OnConnectFailed(FastCgiException failure)
    {
        Do(_state.OnConnectFailed(out var isDown));
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
        Do(_state.OnClosed(removed.Count));
        foreach (var shared in removed)
        {
            Closed?.Invoke(_timeProvider.GetElapsedTime(shared.CreatedTimestamp));
        }
    }

    private void CloseIdle() => Close(_state.RemoveIdle());
}
