using System.Net;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>The section <c>Gateway:Caching:Redis</c>: a Redis in which several gateways keep responses together.</summary>
internal sealed record RedisOptions
{
    /// <summary>Where it is; empty keeps responses in the gateway's own memory. Default: empty.</summary>
    public IReadOnlyList<EndPoint> Endpoints { get; private init; } = [];

    /// <summary>User of its access list. Default: none.</summary>
    public string? User { get; private init; }

    /// <summary>Default: none.</summary>
    public string? Password { get; private init; }

    /// <summary>Whether it is spoken to by TLS. Default: no.</summary>
    public bool Tls { get; private init; }

    /// <summary>Number of the database. Default: 0.</summary>
    public int Database { get; private init; }

    /// <summary>In front of all keys: gateways with the same one share their responses. Default: yarp-fastcgi:</summary>
    public string Prefix { get; private init; } = "yarp-fastcgi:";

    /// <summary>How long it may take for a connection, or to answer: behind it the request goes on as if nothing were kept. Default: half a second.</summary>
    public TimeSpan Timeout { get; private init; } = TimeSpan.FromMilliseconds(500);

    public static RedisOptions Read(SectionReader section)
    {
        var defaults = new RedisOptions();
        var options = new RedisOptions
        {
            Endpoints = section.ReadList(nameof(Endpoints), RedisEndpointFormat.Instance, defaults.Endpoints),
            User = section.Read<string>(nameof(User), ReadText),
            Password = section.Read<string>(nameof(Password), ReadText),
            Tls = section.Read(nameof(Tls), new BooleanFormat(), defaults.Tls),
            Database = section.Read(nameof(Database), new IntegerFormat(0, 1_000_000, "number"), defaults.Database),
            Prefix = section.Read(nameof(Prefix), CacheTagFormat.Instance, defaults.Prefix),
            Timeout = section.Read(nameof(Timeout), new TimeFormat(), defaults.Timeout),
        };
        if (section.Exists && options.Endpoints.Count == 0)
        {
            section.Refuse(nameof(Endpoints), "is missing: name a Redis, such as localhost:6379 or unix:/run/redis/redis.sock.");
        }

        return options;
    }

    private static bool ReadText(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? error)
    {
        value = text.Length > 0 ? text : null;
        error = value is null ? "is empty: leave it out, or give it a value." : null;
        return value is not null;
    }
}
