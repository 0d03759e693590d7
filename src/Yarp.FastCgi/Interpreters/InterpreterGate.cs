using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// What requests for an interpreter wait at until it accepts connections. Counts the connections, so that processes can be stopped that
/// certainly have none.
/// </summary>
internal sealed class InterpreterGate(TimeSpan startTimeout, string where, TimeProvider timeProvider) : IConnectGate
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private bool _isOpen;
    private bool _isHeld;
    private bool _isGone;
    private bool _isBlocked;
    private bool _isOnTrial;
    private bool _isTrialTaken;
    private string? _failure;
    private int _count;
    private long _entered;
    private long _lastUsed = timeProvider.GetTimestamp();

    /// <summary>A request waits, and nothing runs.</summary>
    public event Action? Wanted;

    /// <summary>A connection was let in.</summary>
    public event Action? Entered;

    /// <summary>The last connection is closed.</summary>
    public event Action? BecameIdle;

    /// <summary>The connections that were ever let in.</summary>
    public long EnteredCount => Interlocked.Read(ref _entered);

    /// <summary>Connections that exist or are being made.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>How long there has been no connection; zero while there is one.</summary>
    public TimeSpan IdleTime
    {
        get
        {
            lock (_lock)
            {
                return _count > 0 ? TimeSpan.Zero : timeProvider.GetElapsedTime(_lastUsed);
            }
        }
    }

    public async ValueTask<bool> EnterAsync(long startedTimestamp, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            TimeSpan remaining;
            lock (_lock)
            {
                if (_isGone)
                {
                    return false;
                }

                if ((_isOpen || (_isOnTrial && !_isTrialTaken)) && !_isHeld)
                {
                    _isTrialTaken = _isOnTrial;
                    _count++;
                    _entered++;
                    break;
                }

                if (_failure is not null && !_isOpen)
                {
                    throw new FastCgiException(FastCgiError.ConnectFailed, _failure);
                }

                // Behind a predecessor that ends, or while one process is exchanged for another, the time does not run: both are bounded.
                remaining = _isHeld || _isBlocked ? Timeout.InfiniteTimeSpan : startTimeout - timeProvider.GetElapsedTime(startedTimestamp);
                changed = _changed.Task;
            }

            if (remaining <= TimeSpan.Zero && remaining != Timeout.InfiniteTimeSpan)
            {
                throw NotInTime();
            }

            Wanted?.Invoke();
            try
            {
                await changed.WaitAsync(remaining, timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw NotInTime();
            }
        }

        Entered?.Invoke();
        return true;
    }

    public bool MayRetry(long startedTimestamp) => timeProvider.GetElapsedTime(startedTimestamp) < startTimeout;

    public void Add()
    {
        lock (_lock)
        {
            _count++;
        }
    }

    public void Release()
    {
        lock (_lock)
        {
            _lastUsed = timeProvider.GetTimestamp();
            if (--_count > 0)
            {
                return;
            }

            Pulse();
        }

        BecameIdle?.Invoke();
    }

    /// <summary>Whether the one connection was let in that <see cref="LetOneIn"/> allows.</summary>
    public bool IsTrialTaken
    {
        get
        {
            lock (_lock)
            {
                return _isTrialTaken;
            }
        }
    }

    /// <summary>A process accepts connections, or none does.</summary>
    public void SetOpen(bool isOpen) => Change(() => (_isOpen, _isOnTrial, _isTrialTaken) = (isOpen, false, false));

    /// <summary>A process may accept connections: one is let in, which shows it, and the others wait for that.</summary>
    public void LetOneIn() => Change(() => (_isOnTrial, _isTrialTaken) = (true, false));

    /// <summary>Requests wait on, for a predecessor to end.</summary>
    public void SetBlocked(bool isBlocked) => Change(() => _isBlocked = isBlocked);

    /// <summary>Requests fail at once while no process runs; null lets them wait again.</summary>
    public void SetFailure(string? reason) => Change(() => _failure = reason);

    /// <summary>The interpreter is gone: requests look for another.</summary>
    public void SetGone() => Change(() => _isGone = true);

    /// <summary>Lets no connection in until <see cref="LetGo"/>.</summary>
    public void Hold() => Change(() => _isHeld = true);

    /// <summary>Holds the gate if there is no connection.</summary>
    public bool TryHoldIdle()
    {
        lock (_lock)
        {
            return _count == 0 && (_isHeld = true);
        }
    }

    public void LetGo() => Change(() => _isHeld = false);

    /// <summary>Waits until there is no connection.</summary>
    /// <returns>False when that was not so within the time.</returns>
    public async Task<bool> DrainAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_count == 0)
                {
                    return true;
                }

                changed = _changed.Task;
            }

            var remaining = timeout - timeProvider.GetElapsedTime(started);
            if (remaining <= TimeSpan.Zero)
            {
                return false;
            }

            try
            {
                await changed.WaitAsync(remaining, timeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                return false;
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FastCgiException NotInTime()
        => new(FastCgiError.ConnectFailed, $"The interpreter of {where} did not accept connections within StartTimeout ({startTimeout}).");

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            Pulse();
        }
    }

    private void Pulse()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }
}
