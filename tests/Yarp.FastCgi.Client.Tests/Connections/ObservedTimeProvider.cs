using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>A clock that a test moves, and that tells when the code under test has begun to wait for it.</summary>
internal sealed class ObservedTimeProvider : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits for the next timer in the order they are made; returns when it is due.</summary>
    public Task<TimeSpan> WaitForTimerAsync() => _timers.Reader.ReadAsync().AsTask().WithinAsync("a timer to be made");
}
