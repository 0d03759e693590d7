using Microsoft.AspNetCore.HttpOverrides;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Networks;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Forwarding;

/// <summary>The section <c>Gateway:ForwardedHeaders</c>: proxies in front that tell of the client in header fields.</summary>
internal sealed record ForwardingOptions
{
    private const string For = "For";
    private const string Proto = "Proto";
    private const string Host = "Host";
    private const string Prefix = "Prefix";

    /// <summary>Whose fields are believed. Default: nobody's.</summary>
    public NetworkList TrustedNetworks { get; private init; } = NetworkList.Empty;

    /// <summary>Which fields are read: those that the proxies set or remove themselves. Default: X-Forwarded-For and X-Forwarded-Proto.</summary>
    public ForwardedHeaders Headers { get; private init; } = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;

    /// <summary>How many proxies stand one behind the other at most: so many entries are read from the end. Default: 1.</summary>
    public int Limit { get; private init; } = 1;

    /// <summary>The values that X-Forwarded-Host may have. Default: any.</summary>
    public IReadOnlyList<string> AllowedHosts { get; private init; } = [];

    public static ForwardingOptions Read(SectionReader section)
    {
        var defaults = new ForwardingOptions();
        var headers = section.ReadList(nameof(Headers), new WordFormat(For, Proto, Host, Prefix), [For, Proto]);
        var options = new ForwardingOptions
        {
            TrustedNetworks = new NetworkList(section.ReadList(nameof(TrustedNetworks), NetworkFormat.Instance, [])),
            Headers = headers.Aggregate(ForwardedHeaders.None, (all, name) => all | Flag(name)),
            Limit = section.Read(nameof(Limit), new IntegerFormat(1, 32, "proxies"), defaults.Limit),
            AllowedHosts = section.ReadList(nameof(AllowedHosts), TextFormat.Line, defaults.AllowedHosts),
        };
        if (section.Exists && options.TrustedNetworks.Count == 0)
        {
            section.Refuse(nameof(TrustedNetworks), "is missing: nobody's header fields are believed without it. Name the networks of the proxies, such as 10.0.0.0/8.");
        }

        return options;
    }

    private static ForwardedHeaders Flag(string name) => name switch
    {
        For => ForwardedHeaders.XForwardedFor,
        Proto => ForwardedHeaders.XForwardedProto,
        Host => ForwardedHeaders.XForwardedHost,
        _ => ForwardedHeaders.XForwardedPrefix,
    };
}
