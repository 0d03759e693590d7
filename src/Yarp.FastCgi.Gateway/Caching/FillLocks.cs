using System.Collections.Concurrent;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Lets one request at a time fetch what has a key.</summary>
internal sealed class FillLocks
{
    private readonly ConcurrentDictionary<string, FillLock> _locks = new(StringComparer.Ordinal);

    /// <returns>Whether the caller is the one that fetches; it has to release the lock.</returns>
    public bool TryBegin(string key, out FillLock fill)
    {
        var own = new FillLock(this, key);
        fill = _locks.GetOrAdd(key, own);
        return ReferenceEquals(fill, own);
    }

    internal void Remove(FillLock fill) => _locks.TryRemove(KeyValuePair.Create(fill.Key, fill));
}
