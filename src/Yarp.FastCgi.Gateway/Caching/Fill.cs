using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// Has the application answer one request, and keeps the response where it may be kept. The client gets it while it arrives, unless it is an error and there is an old
/// response to give instead.
/// </summary>
internal sealed class Fill
{
    private readonly HttpContext _context;
    private readonly CachedRoute _route;
    private readonly CacheStore _store;
    private readonly PassMemory _passes;
    private readonly TimeProvider _timeProvider;
    private readonly long _purges;
    private readonly HeaderBaseline _baseline;
    private readonly OutputCacheContext _library;
    private CacheEntry? _head;
    private IReadOnlyList<string> _vary = [];
    private string[] _tags = [];

    public Fill(HttpContext context, CachedRoute route, CacheStore store, PassMemory passes, TimeProvider timeProvider)
    {
        _context = context;
        _route = route;
        _store = store;
        _passes = passes;
        _timeProvider = timeProvider;
        _purges = store.Purges;
        _baseline = new HeaderBaseline(context.Response.Headers);

        // Where the library's X-Accel-Expires goes.
        _library = new OutputCacheContext { HttpContext = context, EnableOutputCaching = true, AllowCacheStorage = true };
    }

    /// <summary>Whether the response may be kept at all.</summary>
    public bool MayKeep { get; init; } = true;

    /// <summary>Whether an error is to be swallowed, since there is an old response.</summary>
    public bool HasOldResponse { get; init; }

    /// <summary>Whoever waits; null where nobody does.</summary>
    public FillLock? Lock { get; init; }

    /// <summary>Whether somebody gets the response.</summary>
    public bool HasClient { get; init; } = true;

    /// <summary>What the client hears of the cache; null for nothing.</summary>
    public CacheStatus? Status { get; init; }

    /// <summary>Key of an old response, which a new one that is not kept makes invalid.</summary>
    public string? OldKey { get; init; }

    /// <summary>The error that was swallowed: the client has got nothing yet.</summary>
    public int? SwallowedError { get; private set; }

    public bool HasStored { get; private set; }

    private bool HasFailed => _context.Features.Get<IForwarderErrorFeature>() is not null || _context.RequestAborted.IsCancellationRequested;

    /// <summary>Passes the request on.</summary>
    /// <param name="next">Answers it.</param>
    public async Task RunAsync(RequestDelegate next)
    {
        var features = _context.Features;
        var client = features.Get<IHttpResponseBodyFeature>();
        using var captured = new CapturedResponse(HasClient ? client : null, _route.Policy.MaxBodySize, Decide, OnUncacheable);
        var headers = _context.Request.Headers;
        var cookies = headers.Cookie;
        headers.Cookie = _route.Cookies.Length > 0 ? _route.Cookies : default(StringValues);
        var conditions = MayKeep ? ConditionalFields.Remove(headers) : null;
        features.Set<IHttpResponseBodyFeature>(captured);
        features.Set<IOutputCacheFeature>(new LibraryFeature(_library));
        var outcome = FillOutcome.Failed;
        try
        {
            await RunAsync(next, captured).ConfigureAwait(false);
            outcome = await KeepAsync(captured).ConfigureAwait(false);
        }
        finally
        {
            features.Set(client);
            features.Set<IOutputCacheFeature>(null);
            headers.Cookie = cookies;
            ConditionalFields.Restore(headers, conditions);
            if (SwallowedError is not null)
            {
                _baseline.Restore(_context.Response);
                outcome = FillOutcome.Error;
            }

            Lock?.Release(outcome);
        }
    }

    private async Task RunAsync(RequestDelegate next, CapturedResponse captured)
    {
        try
        {
            await next(_context).ConfigureAwait(false);
        }
        catch (Exception exception) when (HasOldResponse && !captured.HasPassed && exception is not OperationCanceledException)
        {
            SwallowedError = StatusCodes.Status500InternalServerError;
            return;
        }

        // A response without a body has told of itself to nobody.
        captured.Decide();
    }

    private async ValueTask<FillOutcome> KeepAsync(CapturedResponse captured)
    {
        if (HasFailed)
        {
            // Above all a body that broke off: part of a response is none.
            return _context.RequestAborted.IsCancellationRequested ? FillOutcome.Failed : FillOutcome.Error;
        }

        if (_head is not { } head || captured.Copy is not { } copy
            || (_context.Response.ContentLength is { } length && length != copy.Written.Length) || _store.Purges != _purges)
        {
            if (OldKey is not null && _head is null && SwallowedError is null)
            {
                // The old response is not what the application says now.
                await _store.SetAsync(OldKey, CacheEntry.Gone, [], TimeSpan.FromSeconds(1)).ConfigureAwait(false);
            }

            return FillOutcome.Uncacheable;
        }

        var bytes = head.Encode(copy.Written);
        var entry = CacheEntry.Decode(bytes)!;
        var validFor = entry.UsableUntil - _timeProvider.GetUtcNow();
        var key = _route.Key;
        if (_vary.Count > 0)
        {
            key = CacheKey.CreateVariant(_route, _vary, _context.Request.Headers);
            await _store.SetAsync(_route.Key, CacheEntry.EncodeVary(_vary), _tags, validFor).ConfigureAwait(false);
        }

        await _store.SetAsync(key, bytes, _tags, validFor).ConfigureAwait(false);
        HasStored = true;
        return new FillOutcome(FillKind.Stored, key, _vary, entry);
    }

    private HeadVerdict Decide()
    {
        var response = _context.Response;
        if (response.StatusCode >= StatusCodes.Status500InternalServerError && HasOldResponse)
        {
            SwallowedError = response.StatusCode;
            return new HeadVerdict(IsKept: false, IsDropped: true);
        }

        var isKept = MayKeep && !HasFailed && TryRead();
        foreach (var header in _route.Policy.TagHeaders)
        {
            response.Headers.Remove(header);
        }

        response.Headers.Remove(StorageRules.AccelExpires);
        if (Status is { } status)
        {
            response.Headers.Append(CacheStatus.FieldName, status.Field);
        }

        // What the gateway itself answers, above all to nobody, says nothing of the application's next response.
        if (MayKeep && !isKept && !HasFailed)
        {
            OnUncacheable();
        }

        return new HeadVerdict(isKept, IsDropped: false);
    }

    private bool TryRead()
    {
        var headers = _context.Response.Headers;
        var vary = _route.Policy.Ignores("Vary") ? default : headers.Vary;
        if (!VaryFields.TryRead(vary, headers.ContentEncoding.Count > 0, out _vary)
            || CacheTags.Of(_context, _route.RouteId, _route.Policy) is not { } tags)
        {
            return false;
        }

        _tags = tags;
        _head = StorageRules.CreateEntry(_context, _route.Policy, _library, _baseline, _timeProvider.GetUtcNow());
        if (_head is not null)
        {
            _passes.Remove(Lock?.Key ?? _route.Key);
        }

        return _head is not null;
    }

    // Known with the head: whoever waits need not wait for the body, which may be endless.
    private void OnUncacheable()
    {
        _head = null;
        _passes.Add(Lock?.Key ?? _route.Key);
        Lock?.Release(FillOutcome.Uncacheable);
    }

    private sealed class LibraryFeature(OutputCacheContext context) : IOutputCacheFeature
    {
        public OutputCacheContext Context => context;
    }
}
