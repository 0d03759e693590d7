using System.Runtime.CompilerServices;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>
/// Everything around a pool, on one thread: connections, requests, clock and thread pool are the test's, so that nothing happens but the
/// steps, in their order. Between the pool's own steps, where it has let go of its lock, the steps of others can come in.
/// </summary>
internal sealed class PoolWorld : IDisposable
{
    private static readonly FastCgiEndpoint Endpoint = FastCgiEndpoint.Parse("unix:@app");

    private readonly ConnectionSettings _settings;
    private readonly PoolStep[] _steps;
    private readonly bool _interleaves;
    private readonly DedicatedPool _pool;
    private readonly PoolModel? _model;
    private readonly List<PoolRequest> _requests = [];
    private readonly List<IThreadPoolWorkItem> _called = [];
    private readonly List<(PoolRequest Request, TaskCompletionSource<PooledConnection> Outcome)> _connecting = [];
    private readonly List<FakeConnection> _connections = [];
    private readonly List<string> _violations = [];
    private PoolStep _step;
    private int _nextStep;
    private int _interrupted;
    private int _closing;
    private int _maxConnections;
    private int _mostOpen;

    /// <param name="settings">The pool's limits.</param>
    /// <param name="steps">What happens.</param>
    /// <param name="interleaves">Whether steps can come in between; without, the pool has to do exactly what its model does.</param>
    public PoolWorld(ConnectionSettings settings, PoolStep[] steps, bool interleaves)
    {
        _settings = settings;
        _maxConnections = _mostOpen = settings.MaxConnections;
        _steps = steps;
        _interleaves = interleaves;
        _pool = new DedicatedPool(Endpoint, settings, Time, Connect, Schedule);
        _model = interleaves ? null : new PoolModel(settings);
    }

    public ManualClock Time { get; } = new();

    public void Dispose()
    {
        _pool.Dispose();
        _requests.ForEach(request => request.Dispose());
    }

    /// <summary>Takes all steps, and then lets everything come to an end.</summary>
    public void Run()
    {
        // Continuations run on the spot only where no context wants them elsewhere.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            while (_nextStep < _steps.Length)
            {
                Take(_steps[_nextStep++]);
            }

            ComeToAnEnd();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>The pool is between two of its steps.</summary>
    public void Gap()
    {
        RequireNoLock();
        if (_interleaves && _nextStep < _steps.Length && _steps[_nextStep].InGap)
        {
            var interrupted = _step;
            _interrupted++;
            Take(_steps[_nextStep++]);
            _interrupted--;
            _step = interrupted;
        }
    }

    /// <summary>A connection is closed, and its place is not free yet.</summary>
    public void WhileClosing()
    {
        _closing++;
        Gap();
        _closing--;
    }

    public void Require(bool holds, string what)
    {
        // Not thrown here: the pool might catch it.
        if (!holds)
        {
            _violations.Add(what);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_lock")]
    private static extern ref Lock GetLock(DedicatedPool pool);

    private void Take(PoolStep step)
    {
        _step = step;
        var made = _connections.Count;
        switch (step.Move)
        {
            case PoolMove.Rent:
                Rent(step);
                break;

            case PoolMove.Return when Pick(InState(RequestState.Holding), step) is { } request:
                Return(request, step.IsReusable);
                _model?.Return(request, step.IsReusable);
                break;

            case PoolMove.Connected when _connecting.Count > 0:
                Connected(step.Pick % _connecting.Count, step.Succeeds);
                break;

            case PoolMove.RunOn when _called.Count > 0:
                RunOn(step.Pick % _called.Count);
                break;

            case PoolMove.Cancel when Pick(_requests.FindAll(request => request.State < RequestState.Returned), step) is { } request:
                Cancel(request);
                _model?.Cancel(request);
                break;

            case PoolMove.Disturb when Pick(_connections.FindAll(connection => !connection.IsClosed), step) is { } connection:
                connection.IsDisturbed = true;
                break;

            case PoolMove.Abort when Pick(InState(RequestState.Holding), step) is { } request:
                request.Connection!.Abort(FastCgiError.Canceled);
                break;

            case PoolMove.Wait:
                Time.Advance(step.Time);
                _model?.Wait(step.Time);
                break;

            case PoolMove.Resize:
                _maxConnections = step.Pick + 1;
                _mostOpen = Math.Max(_maxConnections, _pool.OpenCount);
                _pool.Resize(_maxConnections);
                _model?.Resize(_maxConnections);
                break;

            case PoolMove.Retire:
                _pool.Retire();
                _model?.Retire();
                break;
        }

        Check();

        void Rent(PoolStep how)
        {
            var request = new PoolRequest(_requests.Count + 1, how.MayReuse);
            _requests.Add(request);
            request.Renting = _pool.RentAsync(request.MayReuse, request.Cancellation.Token).AsTask();
            if (!request.Renting.IsCompleted && request.State == RequestState.Asking)
            {
                request.State = RequestState.Waiting;
                request.WaitingSince = Time.GetUtcNow();
            }

            Settle();
            _model?.Rent(request, how, Made(made));
        }

        void Connected(int index, bool succeeds)
        {
            var (request, outcome) = _connecting[index];
            _connecting.RemoveAt(index);
            Complete(outcome, succeeds);
            _model?.Connected(request, Made(made));
        }

        void RunOn(int index)
        {
            var work = _called[index];
            _called.RemoveAt(index);
            var waiting = InState(RequestState.Waiting);
            work.Execute();
            Settle();
            if (_model is not null)
            {
                Require(waiting.Count(request => request.State != RequestState.Waiting) == 1, "One was called, but not one runs on.");
                _model.RunOn(index, step, Made(made));
            }
        }
    }

    private void Return(PoolRequest request, bool reusable)
    {
        request.State = RequestState.Returned;
        request.Connection!.Holder = null;
        _pool.Return(request.Connection, reusable);
    }

    private void Cancel(PoolRequest request)
    {
        request.Cancellation.Cancel();
        Settle();
    }

    private void Complete(TaskCompletionSource<PooledConnection> outcome, bool succeeds)
    {
        if (succeeds)
        {
            outcome.SetResult(Make());
        }
        else
        {
            outcome.SetException(Refused());
        }

        Settle();
    }

    /// <summary>What the pool asks for when it makes a connection.</summary>
    private ValueTask<PooledConnection> Connect(CancellationToken cancellationToken)
    {
        Gap();
        var request = _requests.Find(candidate => candidate.Cancellation.Token == cancellationToken)!;
        Require(request.State is RequestState.Asking or RequestState.Waiting, $"{request} gets a connection although it is {request.State}.");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromException<PooledConnection>(new OperationCanceledException(cancellationToken));
        }

        if (_step.FailsAtOnce)
        {
            return ValueTask.FromException<PooledConnection>(Refused());
        }

        if (_step.ConnectsAtOnce)
        {
            return ValueTask.FromResult<PooledConnection>(Make());
        }

        var outcome = new TaskCompletionSource<PooledConnection>();
        var entry = (request, outcome);
        request.State = RequestState.Connecting;
        _connecting.Add(entry);
        cancellationToken.Register(() =>
        {
            if (_connecting.Remove(entry))
            {
                outcome.SetException(new OperationCanceledException(cancellationToken));
            }
        });
        return new ValueTask<PooledConnection>(outcome.Task);
    }

    private void Schedule(IThreadPoolWorkItem work)
    {
        RequireNoLock();
        _called.Add(work);
    }

    private void RequireNoLock() => Require(!GetLock(_pool).IsHeldByCurrentThread, "The pool calls others inside its lock.");

    /// <summary>Looks at the requests that have got, or have not got, what they asked for.</summary>
    private void Settle()
    {
        foreach (var request in _requests.FindAll(request => request is { State: < RequestState.Holding, Renting.IsCompleted: true }))
        {
            if (request.Renting!.IsCompletedSuccessfully)
            {
                var connection = (FakeConnection)request.Renting.Result;
                Require(!connection.IsClosed, $"{request} got {connection}, which is closed.");
                Require(connection.Holder is null, $"{request} got {connection}, which {connection.Holder} has.");
                Require(request.MayReuse || connection.CompletedRequests == 0, $"{request} got {connection}, which was used before.");
                connection.Holder = request;
                request.Connection = connection;
                request.State = RequestState.Holding;
                continue;
            }

            request.State = request.Renting.Exception?.InnerException switch
            {
                FastCgiException { Error: FastCgiError.QueueFull } => RequestState.QueueFull,
                FastCgiException { Error: FastCgiError.QueueTimeout } => RequestState.QueueTimeout,
                FastCgiException { Error: FastCgiError.ConnectFailed } => RequestState.ConnectFailed,
                null when request.Renting.IsCanceled => RequestState.Canceled,
                var other => throw new InvalidOperationException($"{request} failed in another way.", other),
            };
            Require(
                request.State != RequestState.QueueTimeout || Time.GetUtcNow() - request.WaitingSince >= _settings.QueueTimeout,
                $"{request} was refused before its time.");
            Require(
                request.State != RequestState.Canceled || request.Cancellation.IsCancellationRequested,
                $"{request} was canceled by nobody.");
        }
    }

    /// <summary>What holds after each step.</summary>
    private void Check()
    {
        Settle();
        var open = _pool.OpenCount;
        var live = _connections.Count(connection => !connection.IsClosed);

        // Called requests may have the right to make a connection, and so may whoever has just been interrupted.
        var accounted = live + _connecting.Count + _closing;
        Require(open >= accounted && open <= accounted + _called.Count + _interrupted, $"{open} open, but {live} live, {_connecting.Count} connecting, {_called.Count} called.");

        // What was open when the limit was lowered may stay open until it comes back, but no more than that.
        Require(live <= _mostOpen, $"{live} connections.");
        Require(open <= _mostOpen, $"{open} open.");
        _mostOpen = Math.Max(_maxConnections, open);
        Require(_pool.IdleCount <= _settings.MaxIdleConnections, $"{_pool.IdleCount} are idle.");
        var queued = _pool.WaitingCount;
        var waiting = InState(RequestState.Waiting);
        Require(queued <= _settings.QueueLimit, $"{queued} wait.");
        Require(queued == 0 || (open >= _maxConnections && _pool.IdleCount == 0), $"{queued} wait although {open} are open and {_pool.IdleCount} idle.");
        Require(
            queued + _called.Count <= waiting.Count && queued + _called.Count + _interrupted >= waiting.Count,
            $"{waiting.Count} wait, but {queued} are in the queue, and {_called.Count} called.");
        Require(
            _interrupted > 0 || queued <= waiting.Count(request => Time.GetUtcNow() - request.WaitingSince < _settings.QueueTimeout),
            "Somebody waits longer than QueueTimeout.");
        _model?.Compare(_pool, _requests, _connections, Require);
        if (_violations.Count > 0)
        {
            throw new InvalidOperationException(string.Join(' ', _violations));
        }
    }

    /// <summary>Every request gets on, whatever its turn, and then nothing may be left behind.</summary>
    private void ComeToAnEnd()
    {
        var last = new PoolStep(PoolMove.RunOn, 0, Variant: 1, InGap: false);
        while (_requests.Exists(request => request.State < RequestState.Returned))
        {
            Take(
                _called.Count > 0 ? last
                : _connecting.Count > 0 ? last with { Move = PoolMove.Connected }
                : InState(RequestState.Holding).Count > 0 ? last with { Move = PoolMove.Return, Variant = _connections.Count }
                : throw new InvalidOperationException("Somebody waits although nobody has anything."));
        }

        Require(_pool.OpenCount == _pool.IdleCount, $"{_pool.OpenCount} are open, {_pool.IdleCount} idle.");
        Require(_connections.Count(connection => !connection.IsClosed) == _pool.IdleCount, "A connection is lost.");
        Require(Time.TimerCount <= 1, $"{Time.TimerCount} timers are left.");
        Take(last with { Move = PoolMove.Retire });
        Require(_pool.OpenCount == 0, $"{_pool.OpenCount} are open behind the end.");
        Require(_connections.TrueForAll(connection => connection.IsClosed), "A connection is open behind the end.");
        Require(Time.TimerCount == 0, $"{Time.TimerCount} timers are left behind the end.");
        Check();
    }

    private FakeConnection Make()
    {
        var connection = new FakeConnection(_connections.Count + 1, Endpoint, this);
        _connections.Add(connection);
        return connection;
    }

    private FakeConnection? Made(int before) => _connections.Count > before ? _connections[^1] : null;

    private static FastCgiException Refused() => new(FastCgiError.ConnectFailed, "Refused.");

    private List<PoolRequest> InState(RequestState state) => _requests.FindAll(request => request.State == state);

    private static T? Pick<T>(List<T> candidates, PoolStep step)
        where T : class
        => candidates.Count == 0 ? null : candidates[step.Pick % candidates.Count];
}
