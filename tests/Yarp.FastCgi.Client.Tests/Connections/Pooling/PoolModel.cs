using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>What a pool is to do, said as simply as one thing after the other allows.</summary>
internal sealed class PoolModel(ConnectionSettings settings)
{
    private readonly List<FakeConnection> _idle = [];
    private readonly List<PoolRequest> _queue = [];
    private readonly Dictionary<PoolRequest, RequestState> _states = [];
    private readonly List<(PoolRequest Request, RequestState Outcome)> _called = [];
    private readonly Dictionary<PoolRequest, FakeConnection> _holdings = [];
    private readonly Dictionary<FakeConnection, DateTimeOffset> _keptSince = [];
    private readonly Dictionary<FakeConnection, DateTimeOffset> _idleSince = [];
    private readonly Dictionary<FakeConnection, int> _uses = [];
    private readonly HashSet<FakeConnection> _closed = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private DateTimeOffset _nextLookAtIdle;
    private int _maxConnections = settings.MaxConnections;
    private int _open;
    private bool _retired;

    public void Rent(PoolRequest request, PoolStep how, FakeConnection? made)
    {
        if (request.MayReuse && _idle.Count > 0)
        {
            var newest = _idle[^1];
            _idle.Remove(newest);
            if (IsYoung(newest) && !newest.IsDisturbed)
            {
                Hold(request, newest);
                return;
            }

            _closed.Add(newest);
            Connect(request, how, made);
        }
        else if (_open < _maxConnections)
        {
            _open++;
            Connect(request, how, made);
        }
        else if (_idle.Count > 0)
        {
            _closed.Add(_idle[0]);
            _idle.RemoveAt(0);
            Connect(request, how, made);
        }
        else if (_queue.Count == settings.QueueLimit)
        {
            _states[request] = RequestState.QueueFull;
        }
        else
        {
            _states[request] = RequestState.Waiting;
            _queue.Add(request);
        }
    }

    public void Return(PoolRequest request, bool reusable)
    {
        _states[request] = RequestState.Returned;
        var connection = _holdings[request];
        _uses[connection]++;
        _keptSince.TryAdd(connection, _now);
        var isKept = reusable
            && settings.KeepAlive
            && !_retired
            && _open <= _maxConnections
            && !connection.IsAborted
            && _uses[connection] < settings.MaxRequestsPerConnection
            && IsYoung(connection);
        if (isKept && _queue is [{ MayReuse: true } waiting, ..] && !connection.IsDisturbed)
        {
            Call(waiting, RequestState.Holding);
            _holdings[waiting] = connection;
        }
        else if (isKept && _queue.Count == 0 && settings.MaxIdleConnections > 0)
        {
            if (_idle.Count == settings.MaxIdleConnections)
            {
                var oldest = _idle[0];
                _idle.RemoveAt(0);
                Close(oldest);
            }

            _idle.Add(connection);
            _idleSince[connection] = _now;
            if (_idle.Count == 1 || GetDue(connection) < _nextLookAtIdle)
            {
                PlanLookAtIdle();
            }
        }
        else
        {
            Close(connection);
        }
    }

    public void Connected(PoolRequest request, FakeConnection? made)
    {
        if (made is null)
        {
            Fail(request, RequestState.ConnectFailed);
        }
        else
        {
            Hold(request, made);
        }
    }

    public void RunOn(int index, PoolStep how, FakeConnection? made)
    {
        var (request, outcome) = _called[index];
        _called.RemoveAt(index);
        if (outcome == RequestState.Connecting)
        {
            Connect(request, how, made);
        }
        else
        {
            _states[request] = outcome;
        }
    }

    public void Cancel(PoolRequest request)
    {
        if (_queue.Contains(request))
        {
            Call(request, RequestState.Canceled);
        }
        else if (_states[request] == RequestState.Connecting)
        {
            Fail(request, RequestState.Canceled);
        }
    }

    public void Wait(TimeSpan time)
    {
        var end = _now + time;
        while (true)
        {
            var queueTimeout = _queue.Count > 0 ? _queue[0].WaitingSince + settings.QueueTimeout : DateTimeOffset.MaxValue;
            var lookAtIdle = _idle.Count > 0 ? _nextLookAtIdle : DateTimeOffset.MaxValue;
            if (queueTimeout <= end)
            {
                _now = queueTimeout;
                Call(_queue[0], RequestState.QueueTimeout);
            }
            else if (lookAtIdle <= end)
            {
                _now = lookAtIdle;
                LookAtIdle();
            }
            else
            {
                _now = end;
                return;
            }
        }
    }

    public void Resize(int maxConnections)
    {
        _maxConnections = maxConnections;
        while (_open < _maxConnections && _queue.Count > 0)
        {
            _open++;
            Call(_queue[0], RequestState.Connecting);
        }

        while (_open > _maxConnections && _idle.Count > 0)
        {
            var oldest = _idle[0];
            _idle.RemoveAt(0);
            Close(oldest);
        }
    }

    public void Retire()
    {
        _retired = true;
        _idle.ForEach(Close);
        _idle.Clear();
    }

    public void Compare(DedicatedPool pool, List<PoolRequest> requests, List<FakeConnection> connections, Action<bool, string> require)
    {
        require(pool.OpenCount == _open, $"{pool.OpenCount} are open instead of {_open}.");
        require(pool.IdleCount == _idle.Count, $"{pool.IdleCount} are idle instead of {_idle.Count}.");
        require(pool.WaitingCount == _queue.Count, $"{pool.WaitingCount} wait instead of {_queue.Count}.");
        foreach (var request in requests)
        {
            require(request.State == _states[request], $"{request} is {request.State} instead of {_states[request]}.");
            require(
                request.State != RequestState.Holding || request.Connection == _holdings.GetValueOrDefault(request),
                $"{request} has {request.Connection} instead of {_holdings.GetValueOrDefault(request)}.");
        }

        foreach (var connection in connections)
        {
            require(connection.IsClosed == _closed.Contains(connection), $"{connection} is {(connection.IsClosed ? "closed" : "open")}.");
        }
    }

    private void Connect(PoolRequest request, PoolStep how, FakeConnection? made)
    {
        if (request.Cancellation.IsCancellationRequested)
        {
            Fail(request, RequestState.Canceled);
        }
        else if (how.FailsAtOnce)
        {
            Fail(request, RequestState.ConnectFailed);
        }
        else if (how.ConnectsAtOnce)
        {
            Connected(request, made!);
        }
        else
        {
            _states[request] = RequestState.Connecting;
        }
    }

    private void Fail(PoolRequest request, RequestState how)
    {
        _states[request] = how;
        FreePlace();
    }

    private void Close(FakeConnection connection)
    {
        _closed.Add(connection);
        FreePlace();
    }

    private void FreePlace()
    {
        if (_queue.Count > 0 && _open <= _maxConnections)
        {
            Call(_queue[0], RequestState.Connecting);
        }
        else
        {
            _open--;
        }
    }

    private void Call(PoolRequest request, RequestState outcome)
    {
        _queue.Remove(request);
        _called.Add((request, outcome));
    }

    private void LookAtIdle()
    {
        foreach (var connection in _idle.FindAll(connection => _now >= GetDue(connection) || connection.IsDisturbed))
        {
            _idle.Remove(connection);
            Close(connection);
        }

        PlanLookAtIdle();
    }

    private void Hold(PoolRequest request, FakeConnection connection)
    {
        _states[request] = RequestState.Holding;
        _holdings[request] = connection;
        _uses.TryAdd(connection, 0);
    }

    private bool IsYoung(FakeConnection connection) => _now - _keptSince[connection] < settings.MaxConnectionLifetime;

    private DateTimeOffset GetDue(FakeConnection connection)
    {
        var unused = _idleSince[connection] + settings.IdleTimeout;
        var old = _keptSince[connection] + settings.MaxConnectionLifetime;
        return unused < old ? unused : old;
    }

    // When the first is due, and once in a second for those that the application has disturbed.
    private void PlanLookAtIdle()
    {
        _nextLookAtIdle = _idle.Select(GetDue).Append(_now.AddSeconds(1)).Min();
    }
}
