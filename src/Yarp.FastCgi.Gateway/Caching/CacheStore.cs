using Microsoft.AspNetCore.OutputCaching;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// The store of ASP.NET Core, in memory or in Redis, as requests may use it: one that fails is one in which nothing is found. It is then left alone for a moment, so that
/// a store that hangs holds up one request at a time and not all of them.
/// </summary>
internal sealed class CacheStore(IOutputCacheStore inner, CacheMetrics metrics, TimeProvider timeProvider, ILogger<CacheStore> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private long _purges;
    private long _pausedUntil;
    private bool _isFailing;

    /// <summary>Purges until now: what was fetched across one of them may be what was to be purged.</summary>
    public long Purges => Volatile.Read(ref _purges);

    public async ValueTask<CacheEntry?> GetAsync(string key, CancellationToken cancellationToken)
    {
        if (IsPaused())
        {
            return null;
        }

        try
        {
            var bytes = await inner.GetAsync(key, cancellationToken).ConfigureAwait(false);
            OnSuccess();
            return CacheEntry.Decode(bytes);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            OnFailure("get", exception);
            return null;
        }
    }

    public async ValueTask SetAsync(string key, byte[] value, string[] tags, TimeSpan validFor)
    {
        if (validFor <= TimeSpan.Zero || IsPaused())
        {
            return;
        }

        try
        {
            await inner.SetAsync(key, value, tags, validFor, CancellationToken.None).ConfigureAwait(false);
            OnSuccess();
        }
        catch (Exception exception)
        {
            OnFailure("set", exception);
        }
    }

    /// <returns>False where the store fails: what has the tag may still be there.</returns>
    public async ValueTask<bool> PurgeAsync(string tag)
    {
        Interlocked.Increment(ref _purges);
        try
        {
            await inner.EvictByTagAsync(tag, CancellationToken.None).ConfigureAwait(false);
            OnSuccess();
            return true;
        }
        catch (Exception exception)
        {
            OnFailure("purge", exception);
            return false;
        }
    }

    private bool IsPaused() => timeProvider.GetTimestamp() < Volatile.Read(ref _pausedUntil);

    private void OnSuccess()
    {
        if (Volatile.Read(ref _isFailing) && Interlocked.Exchange(ref _isFailing, false))
        {
            CacheLog.StoreRecovered(logger);
        }
    }

    private void OnFailure(string operation, Exception exception)
    {
        Volatile.Write(ref _pausedUntil, timeProvider.GetTimestamp() + (long)(Pause.TotalSeconds * timeProvider.TimestampFrequency));
        metrics.OnStoreFailure(operation);

        // Once, until it works again: a request each would fill the log.
        if (!Interlocked.Exchange(ref _isFailing, true))
        {
            CacheLog.StoreFailed(logger, exception.Message);
        }
    }
}
