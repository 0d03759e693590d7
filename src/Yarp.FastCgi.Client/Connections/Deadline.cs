namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// One timer that several phases of a request share. Moving the due time further away, which happens at every read, only
/// stores a number: the timer looks again when it fires.
/// </summary>
internal sealed class Deadline : IDisposable
{
    // Timers end here, after 49 days. A longer timeout is none.
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly TimeProvider _timeProvider;
    private readonly Action<FastCgiError> _expired;
    private readonly Lock _lock = new();
    private ITimer? _timer;
    private FastCgiError _error;
    private long _due = long.MaxValue;
    private long _scheduled = long.MaxValue;
    private bool _disposed;

    public Deadline(TimeProvider timeProvider, Action<FastCgiError> expired)
    {
        _timeProvider = timeProvider;
        _expired = expired;
    }

    /// <summary>Expires with <paramref name="error"/> after <paramref name="timeout"/> from now unless armed again or disarmed before.</summary>
    public void Arm(TimeSpan timeout, FastCgiError error)
    {
        var due = timeout == Timeout.InfiniteTimeSpan || timeout > LongestTimeout ? long.MaxValue : _timeProvider.GetTimestamp() + ToTimestamp(timeout);
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _error = error;
            _due = due;
            if (due < _scheduled)
            {
                Schedule(timeout);
            }
        }
    }

    public void Disarm()
    {
        lock (_lock)
        {
            _due = long.MaxValue;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _due = long.MaxValue;
            _timer?.Dispose();
        }
    }

    private void Schedule(TimeSpan delay)
    {
        _scheduled = _due;
        if (_timer is null)
        {
            _timer = _timeProvider.CreateTimer(static state => ((Deadline)state!).OnTimer(), this, delay, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            _scheduled = long.MaxValue;
            if (_due == long.MaxValue)
            {
                return;
            }

            var remaining = _due - _timeProvider.GetTimestamp();
            if (remaining > 0)
            {
                Schedule(FromTimestamp(remaining));
                return;
            }

            _due = long.MaxValue;

            // Inside the lock: once Disarm has returned, the deadline has either struck or never will.
            _expired(_error);
        }
    }

    private long ToTimestamp(TimeSpan time)
        => (long)(time.Ticks * ((double)_timeProvider.TimestampFrequency / TimeSpan.TicksPerSecond));

    // Rounded up: a timer that fires a tick early would only be scheduled again.
    private TimeSpan FromTimestamp(long timestamp)
        => TimeSpan.FromMilliseconds(Math.Ceiling(timestamp * 1000d / _timeProvider.TimestampFrequency));
}
