namespace Yarp.FastCgi.Client.Connections;

/// <summary>Tells a pool when the next of its idle connections is due. Set and stopped inside the pool's lock; what it calls runs outside of it.</summary>
internal sealed class IdleTimer(TimeProvider timeProvider, Action elapsed)
{
    private readonly Action _elapsed = elapsed;
    private ITimer? _timer;

    /// <summary>Lets it elapse once, so much later; what was set before counts no more.</summary>
    public void Set(TimeSpan delay)
    {
        _timer ??= Detached.CreateTimer(timeProvider, static state => ((IdleTimer)state!)._elapsed(), this);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(delay.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    public void Stop()
    {
        _timer?.Dispose();
        _timer = null;
    }
}
