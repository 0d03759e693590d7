namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>
/// A clock that a test moves. Timers fire one after the other, each at its own time, those of the same time in the order in which they
/// were set; and the clock knows how many of them there are.
/// </summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly List<Timer> _timers = [];
    private readonly List<Timer> _pending = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that were not disposed.</summary>
    public int TimerCount => _timers.Count;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, period);
        var timer = new Timer(this, () => callback(state));
        _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        var end = _now + time;
        while (_pending.Where(timer => timer.Due <= end).MinBy(timer => timer.Due) is { } next)
        {
            _pending.Remove(next);
            _now = next.Due > _now ? next.Due : _now;
            next.Fire();
        }

        _now = end > _now ? end : _now;
    }

    private sealed class Timer(ManualClock clock, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public Action Fire => fire;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock._pending.Remove(this);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Due = clock._now + dueTime;
                clock._pending.Add(this);
            }

            return true;
        }

        public void Dispose()
        {
            clock._pending.Remove(this);
            clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
