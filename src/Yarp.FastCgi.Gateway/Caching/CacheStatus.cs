using System.Globalization;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>How the cache answered a request: a word for logs and metrics, and the field of RFC 9211 for the client. A feature of the request.</summary>
internal sealed class CacheStatus
{
    public const string FieldName = "Cache-Status";

    private const string CacheName = "yarp-fastcgi";

    private CacheStatus(string word, string field)
    {
        Word = word;
        Field = $"{CacheName}; {field}";
    }

    /// <summary>Nothing was kept, the application answered.</summary>
    public static CacheStatus Miss { get; } = new("miss", "fwd=uri-miss");

    /// <summary>What was kept was no longer fresh, the application answered.</summary>
    public static CacheStatus Expired { get; } = new("expired", "fwd=stale");

    /// <summary>The method is one that changes something.</summary>
    public static CacheStatus Method { get; } = new("bypass", "fwd=method");

    public string Word { get; }

    public string Field { get; }

    /// <param name="ttl">How long it is fresh yet.</param>
    public static CacheStatus Hit(TimeSpan ttl) => new("hit", $"hit; ttl={Seconds(ttl)}");

    /// <summary>Another request had fetched it meanwhile.</summary>
    public static CacheStatus Collapsed(TimeSpan ttl) => new("collapsed", $"fwd=uri-miss; collapsed; ttl={Seconds(ttl)}");

    /// <summary>No longer fresh, and fetched anew in the meantime.</summary>
    public static CacheStatus Stale(TimeSpan ttl) => new("stale", $"hit; ttl={Seconds(ttl)}");

    /// <summary>No longer fresh, in place of an error.</summary>
    public static CacheStatus StaleForError(TimeSpan ttl, int status)
        => new("stale_error", $"fwd=stale; fwd-status={status.ToString(CultureInfo.InvariantCulture)}; ttl={Seconds(ttl)}");

    /// <param name="why">What of the request leads past the cache.</param>
    public static CacheStatus Bypass(string why) => new("bypass", $"fwd=bypass; detail={why}");

    private static string Seconds(TimeSpan time) => ((long)Math.Floor(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
