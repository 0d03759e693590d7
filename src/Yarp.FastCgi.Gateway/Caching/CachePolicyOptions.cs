using System.Globalization;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Policies;
using Yarp.FastCgi.Gateway.Settings;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>One of the sections below <c>Gateway:Caching:Policies</c>: a policy for the OutputCachePolicy of routes.</summary>
internal sealed record CachePolicyOptions
{
    /// <summary>Statuses that may be kept: those of RFC 9110 section 15.1 that are understood, and the redirects that are not for ever.</summary>
    public static readonly IReadOnlyList<int> Statuses = [200, 203, 300, 301, 302, 307, 308, 404, 405, 410, 414, 451, 501];

    /// <summary>How long responses of 200, 301 and 302 are kept that do not say it themselves. Default: not at all.</summary>
    public TimeSpan Duration { get; private init; }

    /// <summary>The same for single statuses.</summary>
    public IReadOnlyDictionary<int, TimeSpan> Durations { get; private init; } = new Dictionary<int, TimeSpan>();

    /// <summary>How long a response that is no longer fresh is served while another is fetched. What the response says wins. Default: not at all.</summary>
    public TimeSpan StaleWhileRevalidate { get; private init; }

    /// <summary>How long it is served in place of an error. What the response says wins. Default: not at all.</summary>
    public TimeSpan StaleIfError { get; private init; }

    /// <summary>How long requests wait for the one that fetches the same response. Zero: they do not. Default: 5 seconds.</summary>
    public TimeSpan LockTimeout { get; private init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of the largest body that is kept. Default: 1 MiB.</summary>
    public int MaxBodySize { get; private init; } = 1_048_576;

    /// <summary>The parts of the query that are of the key; null is all of it, as it stands. Default: all.</summary>
    public IReadOnlyList<string>? Query { get; private init; }

    /// <summary>The parts of the query that are not of the key. Default: none.</summary>
    public IReadOnlyList<string> IgnoreQuery { get; private init; } = [];

    /// <summary>Request fields that are of the key, beside those that a response names in Vary. Default: none.</summary>
    public IReadOnlyList<string> Headers { get; private init; } = [];

    /// <summary>Cookies that are of the key. Default: none.</summary>
    public IReadOnlyList<string> KeyCookies { get; private init; } = [];

    /// <summary>Cookies that are kept from the application, so that no response depends on them. Default: those of the usual statistics.</summary>
    public IReadOnlyList<string> IgnoreCookies { get; private init; } = ["_ga", "_ga_*", "_gid", "_gat*", "_gcl_*", "_fbp", "_pk_*", "__utm*"];

    /// <summary>Cookies with which a request goes past the cache, whatever the other lists say. Cookies of no list do the same. Default: none.</summary>
    public IReadOnlyList<string> BypassCookies { get; private init; } = [];

    /// <summary>Paths whose requests go past the cache. Default: none.</summary>
    public IReadOnlyList<string> BypassPaths { get; private init; } = [];

    /// <summary>Response fields that do not count here. Default: none.</summary>
    public IReadOnlyList<string> IgnoreHeaders { get; private init; } = [];

    /// <summary>Response fields with tags; clients do not get them. Default: Surrogate-Key, Cache-Tag.</summary>
    public IReadOnlyList<string> TagHeaders { get; private init; } = ["Surrogate-Key", "Cache-Tag"];

    /// <summary>Tags of every response. Default: none.</summary>
    public IReadOnlyList<string> Tags { get; private init; } = [];

    /// <summary>What <see cref="BypassPaths"/> says.</summary>
    public PathPattern[] BypassPatterns { get; private init; } = [];

    public static CachePolicyOptions Read(SectionReader section)
    {
        var defaults = new CachePolicyOptions();
        var names = NamePatternFormat.Instance;
        var hasQuery = section.Has(nameof(Query));
        var query = section.ReadList(nameof(Query), names, []);
        var paths = section.ReadList(nameof(BypassPaths), PathPatternFormat.Instance, defaults.BypassPaths);
        var options = new CachePolicyOptions
        {
            Duration = section.Read(nameof(Duration), PeriodFormat.Instance, defaults.Duration),
            Durations = ReadDurations(section.Section(nameof(Durations))),
            StaleWhileRevalidate = section.Read(nameof(StaleWhileRevalidate), PeriodFormat.Instance, defaults.StaleWhileRevalidate),
            StaleIfError = section.Read(nameof(StaleIfError), PeriodFormat.Instance, defaults.StaleIfError),
            LockTimeout = section.Read(nameof(LockTimeout), PeriodFormat.Instance, defaults.LockTimeout),
            MaxBodySize = section.Read(nameof(MaxBodySize), new IntegerFormat(0, 67_108_864, "bytes"), defaults.MaxBodySize),
            Query = hasQuery ? query : null,
            IgnoreQuery = section.ReadList(nameof(IgnoreQuery), names, defaults.IgnoreQuery),
            Headers = section.ReadList(nameof(Headers), HeaderNameFormat.Instance, defaults.Headers),
            KeyCookies = section.ReadList(nameof(KeyCookies), names, defaults.KeyCookies),
            IgnoreCookies = section.ReadList(nameof(IgnoreCookies), names, defaults.IgnoreCookies),
            BypassCookies = section.ReadList(nameof(BypassCookies), names, defaults.BypassCookies),
            BypassPaths = paths,
            BypassPatterns = SitePatterns.Parse(paths),
            IgnoreHeaders = section.ReadList(nameof(IgnoreHeaders), new WordFormat("Cache-Control", "Expires", "Set-Cookie", "Vary", "X-Accel-Expires"), defaults.IgnoreHeaders),
            TagHeaders = section.ReadList(nameof(TagHeaders), HeaderNameFormat.Instance, defaults.TagHeaders),
            Tags = section.ReadList(nameof(Tags), CacheTagFormat.Instance, defaults.Tags),
        };
        if (hasQuery && options.IgnoreQuery.Count > 0)
        {
            section.Refuse(nameof(IgnoreQuery), "and Query exclude each other: keep one.");
        }

        return options;
    }

    /// <summary>Whether a response field does not count.</summary>
    public bool Ignores(string header) => IgnoreHeaders.Contains(header);

    /// <summary>How long a response is kept that does not say it itself.</summary>
    public TimeSpan DurationOf(int status)
        => Durations.TryGetValue(status, out var duration) ? duration
            : status is StatusCodes.Status200OK or StatusCodes.Status301MovedPermanently or StatusCodes.Status302Found ? Duration
            : TimeSpan.Zero;

    private static Dictionary<int, TimeSpan> ReadDurations(SectionReader section)
    {
        var durations = new Dictionary<int, TimeSpan>();
        foreach (var status in Statuses)
        {
            if (section.TryRead(status.ToString(CultureInfo.InvariantCulture), PeriodFormat.Instance, out var duration))
            {
                durations[status] = duration;
            }
        }

        return durations;
    }
}
