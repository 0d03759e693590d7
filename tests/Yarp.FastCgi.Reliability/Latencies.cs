using System.Diagnostics;

namespace Yarp.FastCgi.Reliability;

/// <summary>How long the requests of one party took.</summary>
internal sealed class Latencies
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _taken = [];
    private bool _sorted;

    /// <summary>Requests that were answered.</summary>
    public int Count => _taken.Count - Failures;

    /// <summary>Requests that were refused or whose time was over. Their wait counts like any other.</summary>
    public int Failures { get; private set; }

    /// <summary>Runs and times one request.</summary>
    public async Task MeasureAsync(Func<Task> request)
    {
        var failed = false;
        var start = Stopwatch.GetTimestamp();
        try
        {
            await request();
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            failed = true;
        }

        var taken = Stopwatch.GetElapsedTime(start);
        lock (_lock)
        {
            _taken.Add(taken);
            _sorted = false;
            Failures += failed ? 1 : 0;
        }
    }

    /// <summary>The time that a share of the requests did not exceed; 1 is the longest.</summary>
    public TimeSpan Percentile(double share)
    {
        lock (_lock)
        {
            if (!_sorted)
            {
                _taken.Sort();
                _sorted = true;
            }

            return _taken.Count == 0 ? TimeSpan.Zero : _taken[Math.Min((int)(share * _taken.Count), _taken.Count - 1)];
        }
    }
}
