using System.Collections.Concurrent;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// Keys whose last response was not to be kept. For a while no request waits for another there, or clients of a page that is never kept would be served one behind the
/// other.
/// </summary>
internal sealed class PassMemory(TimeProvider timeProvider)
{
    // Clients choose keys: beyond that all is forgotten, which costs a wait each.
    private const int MaxCount = 10_000;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, long> _until = new(StringComparer.Ordinal);
    private int _count;

    public bool Contains(string key) => _until.TryGetValue(key, out var until) && timeProvider.GetTimestamp() < until;

    public void Add(string key)
    {
        if (Interlocked.Increment(ref _count) > MaxCount)
        {
            _until.Clear();
            Volatile.Write(ref _count, 0);
        }

        _until[key] = timeProvider.GetTimestamp() + (long)(Duration.TotalSeconds * timeProvider.TimestampFrequency);
    }

    public void Remove(string key) => _until.TryRemove(key, out _);
}
