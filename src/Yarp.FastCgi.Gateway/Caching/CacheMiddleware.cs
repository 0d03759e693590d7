using Microsoft.AspNetCore.OutputCaching;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// Answers requests with responses that were kept, and lets one request at a time fetch each of the others:
/// (1) what has nothing to do with the cache goes past it; (2) a kept response is served, fresh, or stale while it is fetched anew; (3) one request fetches, others wait for
/// it; (4) where that fails, an old response is served for a while.
/// </summary>
internal sealed class CacheMiddleware(CachingOptions options, CacheStore store, CacheRefresh refresh, CacheMetrics metrics, TimeProvider timeProvider)
{
    private readonly Dictionary<string, CachePolicyOptions> _policies = new(options.Policies, StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        return metadata?.GetMetadata<OutputCacheAttribute>()?.PolicyName is { } name && _policies.TryGetValue(name, out var policy)
            ? InvokeAsync(context, next, metadata.GetMetadata<RouteModel>()?.Config.RouteId ?? "", name, policy)
            : next(context);
    }

    private Task InvokeAsync(HttpContext context, RequestDelegate next, string routeId, string policyName, CachePolicyOptions policy)
    {
        // (1)
        var method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            return ChangeAsync(context, next, routeId);
        }

        if (CacheRequest.FindBypass(context, policy, out var cookies) is { } why)
        {
            var status = CacheStatus.Bypass(why);
            Tell(context, routeId, status);
            return PassAsync(context, next, policy, options.CacheStatus ? status.Field : null);
        }

        var key = CacheKey.Create(context, routeId, policyName, policy, cookies.Kept);
        return AnswerAsync(context, next, new CachedRoute(routeId, policy, key, cookies.Kept));
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next, CachedRoute route)
    {
        var asked = CacheDirectives.Read(context.Request.Headers.CacheControl);
        var started = timeProvider.GetTimestamp();
        while (true)
        {
            // (2)
            var (key, old) = await FindAsync(context, route).ConfigureAwait(false);
            var now = timeProvider.GetUtcNow();
            if (old is not null && now < old.FreshUntil)
            {
                await SendAsync(context, route, old, CacheStatus.Hit(old.FreshUntil - now)).ConfigureAwait(false);
                return;
            }

            if (old is not null && now < old.StaleWhileRevalidateUntil)
            {
                refresh.Start(context, route, key);
                await SendAsync(context, route, old, CacheStatus.Stale(old.FreshUntil - now)).ConfigureAwait(false);
                return;
            }

            if (asked.OnlyIfCached)
            {
                Tell(context, route.RouteId, CacheStatus.Miss);
                context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
                return;
            }

            // (3)
            var fallback = old is not null && now < old.StaleIfErrorUntil ? old : null;
            var mayKeep = HttpMethods.IsGet(context.Request.Method) && !asked.NoStore;
            var wait = route.Policy.LockTimeout - timeProvider.GetElapsedTime(started);
            if (!mayKeep || wait <= TimeSpan.Zero || refresh.Passes.Contains(key))
            {
                await FetchAsync(context, next, route, key, old, fallback, fill: null, mayKeep).ConfigureAwait(false);
                return;
            }

            if (refresh.Locks.TryBegin(key, out var fill))
            {
                await FetchAsync(context, next, route, key, old, fallback, fill, mayKeep).ConfigureAwait(false);
                return;
            }

            if (await WaitAsync(context, fill, wait).ConfigureAwait(false) is not { } outcome)
            {
                continue;
            }

            now = timeProvider.GetUtcNow();
            if (outcome is { Kind: FillKind.Stored, Entry: { } fetched } && now < fetched.FreshUntil && IsOwn(context, route, outcome))
            {
                await SendAsync(context, route, fetched, CacheStatus.Collapsed(fetched.FreshUntil - now)).ConfigureAwait(false);
                return;
            }

            if (outcome.Kind == FillKind.Error && fallback is not null)
            {
                await SendAsync(context, route, fallback, CacheStatus.StaleForError(fallback.FreshUntil - now, StatusCodes.Status502BadGateway)).ConfigureAwait(false);
                return;
            }

            if (outcome.Kind is FillKind.Uncacheable or FillKind.Error)
            {
                await FetchAsync(context, next, route, key, old, fallback, fill: null, mayKeep).ConfigureAwait(false);
                return;
            }
        }
    }

    /// <summary>What is kept for the request, usable or not, and the key that it has or will have.</summary>
    private async ValueTask<(string Key, CacheEntry? Entry)> FindAsync(HttpContext context, CachedRoute route)
    {
        var entry = await store.GetAsync(route.Key, context.RequestAborted).ConfigureAwait(false);
        if (entry?.Vary is not { } vary)
        {
            return (route.Key, entry);
        }

        var key = CacheKey.CreateVariant(route, vary, context.Request.Headers);
        entry = await store.GetAsync(key, context.RequestAborted).ConfigureAwait(false);
        return (key, entry is { Vary: null } ? entry : null);
    }

    // What was stored may have variants, of which the one that was fetched is another's.
    private static bool IsOwn(HttpContext context, CachedRoute route, FillOutcome outcome)
        => outcome.Vary is not { Count: > 0 } vary || CacheKey.CreateVariant(route, vary, context.Request.Headers) == outcome.Key;

    private async ValueTask<FillOutcome?> WaitAsync(HttpContext context, FillLock fill, TimeSpan wait)
    {
        try
        {
            return await fill.Outcome.WaitAsync(wait, timeProvider, context.RequestAborted).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task FetchAsync(HttpContext context, RequestDelegate next, CachedRoute route, string key, CacheEntry? old, CacheEntry? fallback, FillLock? fill, bool mayKeep)
    {
        var status = old is null ? CacheStatus.Miss : CacheStatus.Expired;
        var fetch = new Fill(context, route, store, refresh.Passes, timeProvider)
        {
            MayKeep = mayKeep,
            HasOldResponse = fallback is not null,
            Lock = fill,
            OldKey = old is null ? null : key,
            Status = options.CacheStatus ? status : null,
        };
        await fetch.RunAsync(next).ConfigureAwait(false);
        if (fetch.SwallowedError is { } error)
        {
            // (4)
            await SendAsync(context, route, fallback!, CacheStatus.StaleForError(fallback!.FreshUntil - timeProvider.GetUtcNow(), error)).ConfigureAwait(false);
            return;
        }

        Tell(context, route.RouteId, status);
    }

    /// <summary>A request that may change something: what is kept under its URL is no longer true then (RFC 9111 section 4.4).</summary>
    private async Task ChangeAsync(HttpContext context, RequestDelegate next, string routeId)
    {
        Tell(context, routeId, CacheStatus.Method);
        await next(context).ConfigureAwait(false);
        if (!CacheRequest.IsSafe(context.Request.Method)
            && context.Response.StatusCode is >= StatusCodes.Status200OK and < StatusCodes.Status400BadRequest
            && context.Features.Get<IForwarderErrorFeature>() is null)
        {
            var (path, query) = CacheKey.Target(context);
            await store.PurgeAsync(CacheTags.OfUrl(context.Request.Host.Value ?? "", path + query)).ConfigureAwait(false);
        }
    }

    private static Task PassAsync(HttpContext context, RequestDelegate next, CachePolicyOptions policy, string? statusField)
    {
        // What is for the cache in front, or for this gateway, is for no client here either.
        context.Response.OnStarting(static state =>
        {
            var (response, passed, field) = ((HttpResponse, CachePolicyOptions, string?))state;
            foreach (var header in passed.TagHeaders)
            {
                response.Headers.Remove(header);
            }

            response.Headers.Remove(StorageRules.AccelExpires);
            if (field is not null)
            {
                response.Headers.Append(CacheStatus.FieldName, field);
            }

            return Task.CompletedTask;
        }, (context.Response, policy, statusField));
        return next(context);
    }

    private ValueTask SendAsync(HttpContext context, CachedRoute route, CacheEntry entry, CacheStatus status)
    {
        Tell(context, route.RouteId, status);
        return CachedAnswer.SendAsync(context, entry, timeProvider.GetUtcNow(), options.CacheStatus ? status : null);
    }

    private void Tell(HttpContext context, string routeId, CacheStatus status)
    {
        context.Features.Set(status);
        metrics.OnRequest(routeId, status.Word);
    }
}
