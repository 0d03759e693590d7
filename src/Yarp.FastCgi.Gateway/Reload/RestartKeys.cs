using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Gateway.Sites;
using Yarp.FastCgi.Gateway.Tls;

namespace Yarp.FastCgi.Gateway.Reload;

/// <summary>The options that are read at the start only.</summary>
internal static class RestartKeys
{
    private const string Kestrel = "Kestrel";

    private static readonly string[] Live =
    [
        $"{GatewaySettings.Name}:{nameof(GatewaySettings.Tls)}:{nameof(TlsOptions.Certificates)}:",
        $"{GatewaySettings.Name}:{nameof(GatewaySettings.Tls)}:{nameof(TlsOptions.DefaultCertificate)}",
        $"{CertificateSources.KestrelDefault}:",
        $"{SitesConfiguration.Section}:",
    ];

    /// <summary>Their values at this moment.</summary>
    public static Dictionary<string, string> Read(IConfiguration configuration, GatewayOptions options)
    {
        // Kestrel reads its own section again, unless the command line says where to listen.
        string[] sections = KestrelSetup.Addresses(configuration, options).Count > 0 ? [GatewaySettings.Name, Kestrel] : [GatewaySettings.Name];
        return sections.SelectMany(section => configuration.GetSection(section).AsEnumerable())
            .Where(entry => entry.Value is not null && !Live.Any(live => entry.Key.StartsWith(live, StringComparison.OrdinalIgnoreCase)))
            .ToDictionary(entry => entry.Key, entry => entry.Value!, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The keys whose values differ, or which only one of the two has.</summary>
    public static IEnumerable<string> Changed(Dictionary<string, string> before, Dictionary<string, string> after)
        => before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
            .Order(StringComparer.Ordinal);
}
