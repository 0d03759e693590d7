using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// The program at one address: as many processes as the settings ask for, started when requests want them, more while connections wait,
/// fewer when none comes, others in their place when they have served enough.
/// </summary>
internal sealed class Interpreter : IDisposable
{
    /// <summary>How long a connection may wait in the socket's queue until that counts as too few processes.</summary>
    private static readonly TimeSpan CrowdCheck = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly InterpreterMetrics _metrics;
    private readonly Lock _lock = new();
    private readonly List<InterpreterInstance> _instances = [];
    private readonly CancellationTokenSource _killing = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ListenSocket? _socket;
    private ITimer? _idleTimer;
    private double _share;
    private int _failures;
    private int _restarts;
    private bool _isCrowdWatched;
    private bool _isExchanging;
    private bool _isStopping;
    private bool _isFailed;

    /// <param name="settings">What runs, and how.</param>
    /// <param name="where">Its destination, in words.</param>
    /// <param name="predecessor">Completes when whatever ran at the address before has ended.</param>
    /// <param name="launcher">Starts the processes.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="logger">Tells.</param>
    public Interpreter(
        InterpreterSettings settings, string where, Task predecessor, IProcessLauncher launcher, TimeProvider timeProvider, InterpreterMetrics metrics, ILogger logger)
    {
        Settings = settings;
        Where = where;
        Predecessor = predecessor;
        Launcher = launcher;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _logger = logger;
        Gate = new InterpreterGate(settings.StartTimeout, where, timeProvider);
        Gate.SetBlocked(!predecessor.IsCompleted);
        Gate.Wanted += EnsureStarted;
        Gate.Entered += OnEntered;
        Gate.BecameIdle += OnIdle;
    }

    public InterpreterSettings Settings { get; }

    public string Where { get; }

    public Task Predecessor { get; }

    public IProcessLauncher Launcher { get; }

    public InterpreterGate Gate { get; }

    /// <summary>Completes when the interpreter was stopped and nothing of it runs.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether its starts have failed too often.</summary>
    public bool IsFailed => Volatile.Read(ref _isFailed);

    /// <summary>Raised when <see cref="IsFailed"/> has changed.</summary>
    public event Action? HealthChanged;

    /// <summary>Processes that were started again.</summary>
    public int Restarts => Volatile.Read(ref _restarts);

    /// <summary>The processes that accept connections.</summary>
    public int ReadyCount
    {
        get
        {
            lock (_lock)
            {
                return _instances.Count(static instance => instance.IsReady);
            }
        }
    }

    /// <summary>How long the oldest process has accepted connections.</summary>
    public TimeSpan Uptime
    {
        get
        {
            lock (_lock)
            {
                var ready = _instances.Where(static instance => instance.IsReady).ToArray();
                return ready.Length == 0 ? TimeSpan.Zero : ready.Max(instance => _timeProvider.GetElapsedTime(instance.ReadySince));
            }
        }
    }

    /// <summary>Starts the processes that are kept, and one at least.</summary>
    public void EnsureStarted()
    {
        lock (_lock)
        {
            for (var missing = Math.Max(1, Settings.MinInstances) - _instances.Count; missing > 0 && !_isStopping; missing--)
            {
                AddInstance();
            }
        }
    }

    /// <summary>Lets the requests in work end, for at most StopTimeout, and stops the processes.</summary>
    /// <param name="reason">Why, for the log.</param>
    /// <returns><see cref="Ended"/>.</returns>
    public Task StopAsync(string reason)
    {
        if (TryBeginStop() is { } instances)
        {
            Detached.Run(() => _ = EndAsync(instances, reason));
        }

        return Ended;
    }

    /// <summary>Does not wait any longer: what still runs is killed.</summary>
    public void Kill()
    {
        _killing.Cancel();
        lock (_lock)
        {
            _instances.ForEach(static instance => instance.Dispose());
        }
    }

    /// <summary>Ends everything at once.</summary>
    public void Dispose()
    {
        if (TryBeginStop() is not null)
        {
            Kill();
            CloseSocket();
            _ended.TrySetResult();
        }
    }

    /// <summary>The socket to pass to a process; null when the program listens itself.</summary>
    /// <exception cref="InterpreterStartException">The address cannot be listened on.</exception>
    public ListenSocket? OpenSocket()
    {
        if (!Settings.PassSocket)
        {
            return null;
        }

        lock (_lock)
        {
            return _isStopping ? throw new InterpreterStartException("it is being stopped") : _socket ??= ListenSocket.Open(Settings.Endpoint);
        }
    }

    public Task ReadOutputAsync(IInterpreterProcess process)
        => InterpreterOutput.CopyAsync(process, Where, Settings.Debug ? Console.OpenStandardError() : null, _logger);

    public void OnReady(InterpreterInstance instance, int processId)
    {
        Log.InterpreterStarted(_logger, Where, processId);
        bool wasFailed;
        lock (_lock)
        {
            instance.IsReady = true;
            instance.ShareAtStart = _share;
            wasFailed = _isFailed;
            _isFailed = false;
        }

        Gate.SetFailure(null);
        Gate.SetOpen(true);
        if (wasFailed)
        {
            HealthChanged?.Invoke();
        }
    }

    public void OnDown(InterpreterInstance instance)
    {
        bool isOpen;
        lock (_lock)
        {
            instance.IsReady = false;
            isOpen = _instances.Any(static other => other.IsReady);
        }

        Gate.SetOpen(isOpen);
    }

    public void OnRestart()
    {
        Interlocked.Increment(ref _restarts);
        _metrics.OnRestart(this);
    }

    /// <summary>A process ended that had started well.</summary>
    /// <returns>How long to wait before the next start.</returns>
    public TimeSpan OnExited()
    {
        lock (_lock)
        {
            _failures = 0;
        }

        return TimeSpan.Zero;
    }

    /// <summary>A start failed.</summary>
    /// <returns>How long to wait before the next.</returns>
    public TimeSpan OnStartFailed(string reason)
    {
        TimeSpan delay;
        bool hasFailed;
        lock (_lock)
        {
            _failures++;
            delay = RestartDelay.After(_failures, Settings.MaxFailures);
            hasFailed = !_isFailed && !_isStopping && _failures >= Settings.MaxFailures && !_instances.Any(static instance => instance.IsReady);
            _isFailed |= hasFailed;
        }

        Log.InterpreterNotStarted(_logger, Where, reason, delay);
        if (hasFailed)
        {
            var message = $"The interpreter {ControlCharacters.Quote(Settings.Arguments[0])} of {Where} does not run: {Settings.MaxFailures} starts in a row failed (FastCgi:Interpreter:MaxFailures), the last one because {reason}. It is tried again every {RestartDelay.WhenFailed.TotalSeconds} seconds, and at once when its configuration changes.";
            Log.InterpreterFailed(_logger, Where, message);

            // Nobody will accept what has connected.
            CloseSocket();
            Gate.SetFailure(message);
            HealthChanged?.Invoke();
        }

        return delay;
    }

    /// <returns>What is to be stopped; null when somebody else does it.</returns>
    private InterpreterInstance[]? TryBeginStop()
    {
        InterpreterInstance[] instances;
        lock (_lock)
        {
            if (_isStopping)
            {
                return null;
            }

            _isStopping = true;
            _idleTimer?.Dispose();
            instances = [.. _instances];
        }

        Gate.SetGone();
        return instances;
    }

    private async Task EndAsync(InterpreterInstance[] instances, string reason)
    {
        if (instances.Length > 0)
        {
            await Gate.DrainAsync(Settings.StopTimeout, _killing.Token).ConfigureAwait(false);
        }

        await Task.WhenAll(instances.Select(instance => instance.StopAsync(reason, _killing.Token))).ConfigureAwait(false);
        CloseSocket();
        _ended.TrySetResult();
    }

    // Called with the lock held.
    private InterpreterInstance AddInstance()
    {
        var instance = new InterpreterInstance(this, _timeProvider, _logger);
        _instances.Add(instance);
        instance.Start();
        return instance;
    }

    private void OnEntered()
    {
        InterpreterInstance? worn = null;
        lock (_lock)
        {
            _share += 1.0 / Math.Max(1, _instances.Count(static instance => instance.IsReady));
            if (_instances.Count < Settings.MaxInstances && !_isCrowdWatched && !_isStopping)
            {
                _isCrowdWatched = true;
                Detached.Run(() => _ = Task.Run(WatchCrowdAsync));
            }

            if (!_isExchanging && !_isStopping)
            {
                worn = _instances.Find(instance => instance.IsReady && _share - instance.ShareAtStart >= Settings.MaxRequests);
                _isExchanging = worn is not null;
            }
        }

        if (worn is not null)
        {
            Detached.Run(() => _ = Task.Run(() => ExchangeAsync(worn)));
        }
    }

    /// <summary>Adds processes, one at a time, while connections wait for one that accepts them.</summary>
    private async Task WatchCrowdAsync()
    {
        while (true)
        {
            await Task.Delay(CrowdCheck, _timeProvider).ConfigureAwait(false);
            InterpreterInstance? added = null;
            lock (_lock)
            {
                if (_isStopping || _isFailed || _instances.Count >= Settings.MaxInstances || Gate.Count == 0 || _socket is null)
                {
                    _isCrowdWatched = false;
                    return;
                }

                if (_instances.TrueForAll(static instance => instance.IsReady) && _socket.HasWaiting)
                {
                    added = AddInstance();
                }
            }

            if (added is not null)
            {
                await added.Ready.WaitAsync(Settings.StartTimeout, _timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>
    /// Puts another process in the place of one that has served enough. Which connection is whose cannot be known, so the old one is
    /// stopped at a moment without any: new ones are held back for that, and nothing is stopped when the others do not end in time.
    /// </summary>
    private async Task ExchangeAsync(InterpreterInstance worn)
    {
        try
        {
            if (Settings.PassSocket)
            {
                InterpreterInstance successor;
                lock (_lock)
                {
                    if (_isStopping)
                    {
                        return;
                    }

                    // One too many is left of an attempt whose connections did not end.
                    successor = _instances.Count > Settings.MaxInstances ? _instances[^1] : AddInstance();
                }

                await successor.Ready.WaitAsync(Settings.StartTimeout, _timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!successor.Ready.IsCompletedSuccessfully)
                {
                    await RemoveAsync(successor, "it was to replace another and did not start").ConfigureAwait(false);
                    Postpone(worn);
                    return;
                }
            }

            Gate.Hold();
            if (await Gate.DrainAsync(Settings.StopTimeout, CancellationToken.None).ConfigureAwait(false))
            {
                await RemoveAsync(worn, $"it has served its share (MaxRequests {Settings.MaxRequests})").ConfigureAwait(false);
            }
            else
            {
                Gate.LetGo();
                Postpone(worn);
                await RemoveSurplusAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            Gate.LetGo();
            lock (_lock)
            {
                _isExchanging = false;
            }

            EnsureStarted();
        }
    }

    // The next attempt comes behind a tenth of the requests more.
    private void Postpone(InterpreterInstance worn)
    {
        lock (_lock)
        {
            worn.ShareAtStart += Math.Max(1, Settings.MaxRequests / 10);
        }
    }

    private void OnIdle()
    {
        lock (_lock)
        {
            if (_isStopping || _instances.Count <= Settings.MinInstances)
            {
                return;
            }

            if (_idleTimer is null)
            {
                Detached.Run(() => _idleTimer = _timeProvider.CreateTimer(
                    static state => _ = ((Interpreter)state!).StopIdleAsync(), this, Settings.IdleTimeout, Timeout.InfiniteTimeSpan));
            }
            else
            {
                _idleTimer.Change(Settings.IdleTimeout, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private async Task StopIdleAsync()
    {
        lock (_lock)
        {
            if (_isStopping)
            {
                return;
            }

            // Timers count in milliseconds, and may be early by a part of one. A connection that there is sets the timer at its end.
            var remaining = _isExchanging ? Settings.IdleTimeout : Settings.IdleTimeout - Gate.IdleTime;
            if (remaining > TimeSpan.Zero)
            {
                _idleTimer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(remaining.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
                return;
            }

            _isExchanging = true;
        }

        try
        {
            await RemoveSurplusAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _isExchanging = false;
            }
        }
    }

    /// <summary>Stops the processes above MinInstances, if there is no connection.</summary>
    private async Task RemoveSurplusAsync()
    {
        if (!Gate.TryHoldIdle())
        {
            return;
        }

        try
        {
            InterpreterInstance[] surplus;
            lock (_lock)
            {
                surplus = [.. _instances.Skip(Settings.MinInstances)];
            }

            await Task.WhenAll(surplus.Select(instance => RemoveAsync(instance, "no request needs it (IdleTimeout)"))).ConfigureAwait(false);
        }
        finally
        {
            Gate.LetGo();
        }
    }

    private async Task RemoveAsync(InterpreterInstance instance, string reason)
    {
        await instance.StopAsync(reason, CancellationToken.None).ConfigureAwait(false);
        lock (_lock)
        {
            _instances.Remove(instance);
        }
    }

    private void CloseSocket()
    {
        lock (_lock)
        {
            _socket?.Dispose();
            _socket = null;
        }
    }
}
