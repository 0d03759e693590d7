namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Log events of the cache.</summary>
internal static partial class CacheLog
{
    [LoggerMessage(40, LogLevel.Warning, "The store of cached responses fails, requests go on without it (Gateway:Caching:Redis): {Reason}", EventName = "CacheStoreFailed")]
    public static partial void StoreFailed(ILogger logger, string reason);

    [LoggerMessage(41, LogLevel.Information, "The store of cached responses works again.", EventName = "CacheStoreRecovered")]
    public static partial void StoreRecovered(ILogger logger);

    [LoggerMessage(42, LogLevel.Warning, "Route '{RouteId}': a response that is served although it is no longer fresh could not be fetched anew: {Reason}", EventName = "CacheRefreshFailed")]
    public static partial void RefreshFailed(ILogger logger, string routeId, string reason);

    [LoggerMessage(43, LogLevel.Information, "Cached responses were purged: {Tags}", EventName = "CachePurged")]
    public static partial void Purged(ILogger logger, string tags);
}
