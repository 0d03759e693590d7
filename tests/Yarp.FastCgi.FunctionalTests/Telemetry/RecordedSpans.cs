using System.Collections.Concurrent;
using System.Diagnostics;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Telemetry;

/// <summary>Listens to the spans of the library, as the SDK of OpenTelemetry does.</summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly StateSignal _signal = new();
    private readonly ActivityListener _listener;

    public RecordedSpans(ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Yarp.FastCgi",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = activity =>
            {
                _ended.Enqueue(activity);
                _signal.Pulse();
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Ended => [.. _ended];

    /// <summary>Waits until so many spans have ended; returns all of them in order of their beginning.</summary>
    public async Task<Activity[]> WaitAsync(int count = 1)
    {
        await _signal.WaitAsync(() => _ended.Count >= count, () => $"{count} spans to end, {_ended.Count} did");
        return [.. _ended.OrderBy(activity => activity.StartTimeUtc).ThenBy(activity => activity.GetTagItem("http.request.resend_count") is null ? 0 : 1)];
    }

    public void Dispose() => _listener.Dispose();
}
