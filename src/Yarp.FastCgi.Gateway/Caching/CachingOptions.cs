using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Policies;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>The section <c>Gateway:Caching</c>: which responses are kept for other requests, and where.</summary>
internal sealed record CachingOptions
{
    /// <summary>Policies for the OutputCachePolicy of routes, by name; without any nothing is kept.</summary>
    public IReadOnlyList<KeyValuePair<string, CachePolicyOptions>> Policies { get; private init; } = [];

    /// <summary>Memory for all responses, in MiB. Default: 100. Not with Redis.</summary>
    public int MaxSize { get; private init; } = 100;

    /// <summary>Responses that are fetched anew at a time while the old ones are served. Default: 16.</summary>
    public int MaxRefreshes { get; private init; } = 16;

    /// <summary>Whether clients hear by Cache-Status (RFC 9211) where their response came from. Default: yes.</summary>
    public bool CacheStatus { get; private init; } = true;

    /// <summary>Where responses are kept that several gateways share. Default: nowhere.</summary>
    public RedisOptions Redis { get; private init; } = new();

    public static CachingOptions Read(SectionReader section)
    {
        var defaults = new CachingOptions();
        return new CachingOptions
        {
            Policies = PolicyNames.Read(section, nameof(Policies), CachePolicyOptions.Read),
            MaxSize = section.Read(nameof(MaxSize), new IntegerFormat(1, 1_048_576, "MiB"), defaults.MaxSize),
            MaxRefreshes = section.Read(nameof(MaxRefreshes), new IntegerFormat(0, 10_000, "requests"), defaults.MaxRefreshes),
            CacheStatus = section.Read(nameof(CacheStatus), new BooleanFormat(), defaults.CacheStatus),
            Redis = RedisOptions.Read(section.Section(nameof(Redis))),
        };
    }
}
