using System.Globalization;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Whether a response may be kept, and for how long, by what its fields and the policy say.</summary>
internal static class StorageRules
{
    public const string AccelExpires = "X-Accel-Expires";

    private const string EventStream = "text/event-stream";

    /// <summary>True of the representation, of which a 304 has none; or of one connection; or said anew each time.</summary>
    private static readonly string[] NeverKept =
        [HeaderNames.Age, HeaderNames.Connection, HeaderNames.ContentLength, HeaderNames.SetCookie, HeaderNames.TransferEncoding, HeaderNames.Trailer, AccelExpires];

    /// <summary>The response at hand as an entry, without its body.</summary>
    /// <param name="context">The response, its head complete.</param>
    /// <param name="policy">The route's.</param>
    /// <param name="library">What the library has read in fields that it does not pass on.</param>
    /// <param name="baseline">Fields that the response had before the application answered.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null for a response that is not to be kept.</returns>
    public static CacheEntry? CreateEntry(HttpContext context, CachePolicyOptions policy, OutputCacheContext library, HeaderBaseline baseline, DateTimeOffset now)
    {
        var response = context.Response;
        var headers = response.Headers;
        if (!library.AllowCacheStorage
            || !CachePolicyOptions.Statuses.Contains(response.StatusCode)
            || headers.ContentRange.Count > 0
            || (headers.SetCookie.Count > 0 && !policy.Ignores(HeaderNames.SetCookie))
            || response.ContentLength > policy.MaxBodySize
            || response.ContentType?.StartsWith(EventStream, StringComparison.OrdinalIgnoreCase) == true)
        {
            return null;
        }

        var directives = policy.Ignores(HeaderNames.CacheControl) ? default : CacheDirectives.Read(headers.CacheControl);
        var isFinal = TryGetAccelLifetime(policy, library, headers[AccelExpires], now, out var lifetime);
        if (!isFinal)
        {
            if (directives.ForbidsStoring)
            {
                return null;
            }

            lifetime = Lifetime(response, policy, directives, now);
        }

        // What a cache behind this one has kept is as old as it says.
        var age = long.TryParse(headers.Age.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue)) : TimeSpan.Zero;
        if (lifetime <= age)
        {
            return null;
        }

        var fresh = now - age + lifetime;
        return new CacheEntry
        {
            Created = now - age,
            FreshUntil = fresh,
            StaleWhileRevalidateUntil = fresh + Stale(directives, directives.StaleWhileRevalidate, policy.StaleWhileRevalidate),
            StaleIfErrorUntil = fresh + Stale(directives, directives.StaleIfError, policy.StaleIfError),
            StatusCode = response.StatusCode,
            Headers = Keep(headers, policy, baseline, now),
        };
    }

    // nginx's field goes before all others, and is the gateway's alone.
    private static bool TryGetAccelLifetime(CachePolicyOptions policy, OutputCacheContext library, StringValues field, DateTimeOffset now, out TimeSpan lifetime)
    {
        lifetime = library.ResponseExpirationTimeSpan ?? TimeSpan.Zero;
        if (policy.Ignores(AccelExpires))
        {
            return false;
        }

        if (library.ResponseExpirationTimeSpan is not null)
        {
            return true;
        }

        var text = field.ToString().AsSpan().Trim();
        var isPoint = text.StartsWith('@');
        if (!long.TryParse(isPoint ? text[1..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        lifetime = TimeSpan.FromSeconds(Math.Clamp(isPoint ? number - now.ToUnixTimeSeconds() : number, 0, int.MaxValue));
        return true;
    }

    private static TimeSpan Lifetime(HttpResponse response, CachePolicyOptions policy, CacheDirectives directives, DateTimeOffset now)
    {
        if (directives.MaxAge is { } seconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        var expires = response.Headers.Expires;
        if (expires.Count > 0 && !policy.Ignores(HeaderNames.Expires))
        {
            // RFC 9111 section 5.3: what is no date, above all "0", is a time that is over.
            return HeaderUtilities.TryParseDate(expires.ToString(), out var until) && until > now ? until - now : TimeSpan.Zero;
        }

        return policy.DurationOf(response.StatusCode);
    }

    private static TimeSpan Stale(CacheDirectives directives, long? said, TimeSpan configured)
        => directives.MustRevalidate ? TimeSpan.Zero : said is { } seconds ? TimeSpan.FromSeconds(seconds) : configured;

    private static List<KeyValuePair<string, StringValues>> Keep(IHeaderDictionary headers, CachePolicyOptions policy, HeaderBaseline baseline, DateTimeOffset now)
    {
        var kept = new List<KeyValuePair<string, StringValues>>(headers.Count + 1);
        foreach (var (name, values) in headers)
        {
            if (!NeverKept.Contains(name, StringComparer.OrdinalIgnoreCase) && !policy.TagHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) && !baseline.Has(name, values))
            {
                kept.Add(KeyValuePair.Create(name, values));
            }
        }

        if (headers.Date.Count == 0)
        {
            // RFC 9110 section 6.6.1: the server would give a kept response the time at which it is sent.
            kept.Add(KeyValuePair.Create(HeaderNames.Date, new StringValues(HeaderUtilities.FormatDate(now))));
        }

        return kept;
    }
}
