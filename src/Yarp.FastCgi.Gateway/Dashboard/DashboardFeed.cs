using System.Buffers;
using System.Diagnostics.Metrics;
using System.Threading.Channels;

namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>
/// Looks at the gateway once a second for all who watch, and not at all while nobody does. Who comes later gets the last minutes, so that the charts begin with them.
/// </summary>
internal sealed class DashboardFeed(DashboardView view, IMeterFactory meters, TimeProvider timeProvider)
{
    /// <summary>Most pages that may watch at a time.</summary>
    public const int MaxWatchers = 16;

    private const int HistoryLength = 300;

    // A page that is loaded again finds its charts as they were.
    private const int SecondsWithoutWatcher = 10;

    private const int WatcherQueue = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<Channel<DashboardEvent>> _watchers = [];
    private readonly Queue<byte[]> _history = new();
    private byte[] _state = [];
    private byte[] _routes = [];
    private byte[] _failures = [];
    private bool _isRunning;

    /// <summary>Whether the gateway is looked at right now.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return _isRunning;
            }
        }
    }

    /// <summary>Begins to watch.</summary>
    /// <returns>What is to be sent; null when too many watch already. It goes back by <see cref="Leave"/>.</returns>
    public Channel<DashboardEvent>? TryEnter()
    {
        // Who reads too slowly misses seconds, and no more.
        var watcher = Channel.CreateBounded<DashboardEvent>(new BoundedChannelOptions(WatcherQueue) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_lock)
        {
            if (_watchers.Count >= MaxWatchers)
            {
                return null;
            }

            if (!_isRunning)
            {
                _isRunning = true;
                _history.Clear();
                (_routes, _failures) = (view.WriteRoutes(), view.WriteFailures());
                _ = Task.Run(RunAsync);
            }

            watcher.Writer.TryWrite(new DashboardEvent("routes", _routes));
            watcher.Writer.TryWrite(new DashboardEvent("failures", _failures));
            if (_history.Count > 0)
            {
                watcher.Writer.TryWrite(new DashboardEvent("history", WriteHistory()));
                watcher.Writer.TryWrite(new DashboardEvent("state", _state));
            }

            _watchers.Add(watcher);
        }

        return watcher;
    }

    public void Leave(Channel<DashboardEvent> watcher)
    {
        lock (_lock)
        {
            _watchers.Remove(watcher);
        }
    }

    // Called with the lock held.
    private byte[] WriteHistory()
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var point in _history)
        {
            output.Write(output.WrittenCount == 0 ? "["u8 : ","u8);
            output.Write(point);
        }

        output.Write("]"u8);
        return output.WrittenSpan.ToArray();
    }

    private async Task RunAsync()
    {
        using var meter = new RequestMeter(meters);
        using var timer = new PeriodicTimer(Interval, timeProvider);
        var alone = 0;
        while (await timer.WaitForNextTickAsync().ConfigureAwait(false))
        {
            var sample = meter.Take();
            var (point, state, routes, failures) = (view.WritePoint(sample), view.WriteState(sample), view.WriteRoutes(), view.WriteFailures());
            lock (_lock)
            {
                alone = _watchers.Count > 0 ? 0 : alone + 1;
                if (alone > SecondsWithoutWatcher)
                {
                    _isRunning = false;
                    _history.Clear();
                    return;
                }

                if (!routes.AsSpan().SequenceEqual(_routes))
                {
                    _routes = routes;
                    Send("routes", routes);
                }

                if (!failures.AsSpan().SequenceEqual(_failures))
                {
                    _failures = failures;
                    Send("failures", failures);
                }

                if (_history.Count == HistoryLength)
                {
                    _history.Dequeue();
                }

                _history.Enqueue(point);
                _state = state;
                Send("point", point);
                Send("state", state);
            }
        }
    }

    // Called with the lock held.
    private void Send(string name, byte[] json) => _watchers.ForEach(watcher => watcher.Writer.TryWrite(new DashboardEvent(name, json)));
}
