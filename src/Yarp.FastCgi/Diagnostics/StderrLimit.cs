using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>How many lines of stderr one destination gets into the log: an application that complains at every request must not fill the disk.</summary>
internal sealed class StderrLimit(ILogger logger, FastCgiEndpoint endpoint, TimeProvider timeProvider)
{
    public const int MaxLines = 100;

    public static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private long _windowStart;
    private int _taken;
    private long _heldBack;

    /// <summary>Whether another line may be logged. Those that may not are counted, and the count is logged when the window is over.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            // A count that is still to be told keeps its window open.
            if (_heldBack == 0 && (_taken == 0 || timeProvider.GetElapsedTime(_windowStart) >= Window))
            {
                _windowStart = timeProvider.GetTimestamp();
                _taken = 0;
            }

            if (_taken < MaxLines)
            {
                _taken++;
                return true;
            }

            if (_heldBack++ == 0)
            {
                var remaining = Window - timeProvider.GetElapsedTime(_windowStart);
                _timer ??= Detached.CreateTimer(timeProvider, static state => ((StderrLimit)state!).EndWindow(), this);
                _timer.Change(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }

            return false;
        }
    }

    private void EndWindow()
    {
        long heldBack;
        lock (_lock)
        {
            heldBack = _heldBack;
            _heldBack = 0;
            _taken = 0;
        }

        Log.StderrHeldBack(logger, endpoint.ToString(), heldBack, MaxLines);
    }
}
