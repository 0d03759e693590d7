using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.Gateway.CommandLine;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>How the gateway's Kestrel differs from the default one.</summary>
internal static class KestrelSetup
{
    public const string Section = "Kestrel";

    private const string EndpointsSection = "Endpoints";

    public static void Apply(KestrelServerOptions kestrel, IConfiguration configuration, GatewayOptions options)
    {
        kestrel.AddServerHeader = false;

        // HTTP leaves bytes from 0x80 up to the applications (RFC 9110 section 5.5); Latin-1 maps each to one char and back.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        if (Addresses(configuration, options) is { Count: > 0 } addresses)
        {
            // Kestrel's own configuration loader binds them, so that https finds its certificate as everywhere else.
            kestrel.Configure(WithEndpoints(configuration.GetSection(Section), addresses));
        }
    }

    /// <returns>
    /// The addresses of the command line, else the default ones; empty when the configuration says where to listen
    /// (Kestrel:Endpoints, ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS).
    /// </returns>
    public static IReadOnlyList<ListenAddress> Addresses(IConfiguration configuration, GatewayOptions options)
    {
        if (options.Listen.Count > 0)
        {
            return options.Listen;
        }

        var configured = configuration.GetSection($"{Section}:{EndpointsSection}").Exists()
            || !string.IsNullOrEmpty(configuration[WebHostDefaults.ServerUrlsKey])
            || !string.IsNullOrEmpty(configuration[WebHostDefaults.HttpPortsKey])
            || !string.IsNullOrEmpty(configuration[WebHostDefaults.HttpsPortsKey]);
        return configured ? [] : ListenAddress.Defaults;
    }

    /// <summary>Kestrel's section with the addresses that it is given in place of those of the configuration.</summary>
    public static IConfigurationSection Effective(IConfiguration configuration, GatewayOptions options)
    {
        var section = configuration.GetSection(Section);
        if (Addresses(configuration, options) is not { Count: > 0 } addresses)
        {
            return section;
        }

        var effective = WithEndpoints(section, addresses).AsEnumerable().Select(static entry => KeyValuePair.Create($"{Section}:{entry.Key}", entry.Value));
        return new ConfigurationBuilder().AddInMemoryCollection(effective).Build().GetSection(Section);
    }

    private static IConfiguration WithEndpoints(IConfigurationSection section, IReadOnlyList<ListenAddress> addresses)
    {
        var settings = new Dictionary<string, string?>();
        foreach (var (key, value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (!key.StartsWith(EndpointsSection, StringComparison.OrdinalIgnoreCase))
            {
                settings[key] = value;
            }
        }

        for (var i = 0; i < addresses.Count; i++)
        {
            settings[$"{EndpointsSection}:{i}:Url"] = addresses[i].Url;
            settings[$"{EndpointsSection}:{i}:Protocols"] = addresses[i].Protocols.ToString();
        }

        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }
}
