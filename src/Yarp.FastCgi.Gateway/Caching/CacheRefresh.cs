namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// Fetches responses anew that are served although they are no longer fresh: behind the back of the request that has found one, each response once at a time, and no more of
/// them at a time than there may be.
/// </summary>
internal sealed class CacheRefresh(
    CachingOptions options, CacheStore store, CacheMetrics metrics, TimeProvider timeProvider, IServiceScopeFactory scopes, IHostApplicationLifetime lifetime, ILogger<CacheRefresh> logger)
{
    // Whatever the route's own limits are: nobody waits who could go away.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private int _running;

    /// <summary>Who fetches what.</summary>
    public FillLocks Locks { get; } = new();

    /// <summary>What is not worth waiting for.</summary>
    public PassMemory Passes { get; } = new(timeProvider);

    /// <summary>Begins, unless it is fetched already. The request itself is not used any more when this returns.</summary>
    public void Start(HttpContext context, CachedRoute route, string key)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested || context.GetEndpoint() is not { RequestDelegate: { } answer })
        {
            return;
        }

        if (Interlocked.Increment(ref _running) > options.MaxRefreshes)
        {
            Interlocked.Decrement(ref _running);
            return;
        }

        if (!Locks.TryBegin(key, out var fill))
        {
            Interlocked.Decrement(ref _running);
            return;
        }

        var copy = DetachedRequest.Create(context);
        _ = Task.Run(() => RunAsync(copy, answer, route, key, fill));
    }

    private async Task RunAsync(DefaultHttpContext context, RequestDelegate answer, CachedRoute route, string key, FillLock fill)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            using var timeout = new CancellationTokenSource(Timeout, timeProvider);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, lifetime.ApplicationStopping);
            context.RequestServices = scope.ServiceProvider;
            context.RequestAborted = stop.Token;
            var fetch = new Fill(context, route, store, Passes, timeProvider) { HasClient = false, Lock = fill, OldKey = key, HasOldResponse = true };
            await fetch.RunAsync(answer).ConfigureAwait(false);
            metrics.OnRefresh(route.RouteId, fetch.HasStored);
            if (fetch.SwallowedError is { } error)
            {
                CacheLog.RefreshFailed(logger, route.RouteId, $"status {error}");
            }
        }
        catch (Exception exception)
        {
            // Nobody else would hear of it.
            metrics.OnRefresh(route.RouteId, succeeded: false);
            CacheLog.RefreshFailed(logger, route.RouteId, exception.Message);
        }
        finally
        {
            fill.Release(FillOutcome.Failed);
            Interlocked.Decrement(ref _running);
        }
    }
}
