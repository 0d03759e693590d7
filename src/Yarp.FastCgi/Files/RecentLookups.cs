using System.Collections.Concurrent;

namespace Yarp.FastCgi.Files;

/// <summary>What looking at files has found for a path, for as long as <c>CheckFileMaxAge</c> lets it hold. Bounded: what clients ask for is not.</summary>
/// <param name="maxAge">Zero remembers nothing.</param>
/// <param name="timeProvider">The time.</param>
internal sealed class RecentLookups<T>(TimeSpan maxAge, TimeProvider timeProvider)
    where T : struct
{
    /// <summary>When there are more, all are forgotten.</summary>
    public const int MaxCount = 1024;

    /// <summary>In characters; longer paths are looked up each time.</summary>
    public const int MaxPathLength = 512;

    private Generation _generation = new();

    public bool TryGet(string path, out T found)
    {
        if (maxAge > TimeSpan.Zero && _generation.Entries.TryGetValue(path, out var entry) && timeProvider.GetElapsedTime(entry.LookedAt) < maxAge)
        {
            found = entry.Found;
            return true;
        }

        found = default;
        return false;
    }

    /// <summary>The time to remember a lookup by: taken before the files are looked at, so that a change meanwhile is not missed for longer.</summary>
    public long Begin() => timeProvider.GetTimestamp();

    public void Add(string path, T found, long lookedAt)
    {
        if (maxAge <= TimeSpan.Zero || path.Length > MaxPathLength)
        {
            return;
        }

        var generation = _generation;
        if (Interlocked.Increment(ref generation.Added) > MaxCount)
        {
            _generation = generation = new Generation { Added = 1 };
        }

        generation.Entries[path] = new Entry(found, lookedAt);
    }

    private sealed class Generation
    {
        public readonly ConcurrentDictionary<string, Entry> Entries = new(StringComparer.Ordinal);
        public int Added;
    }

    private readonly record struct Entry(T Found, long LookedAt);
}
