using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Limits;
using Yarp.FastCgi.Gateway.ProxyProtocol;
using Yarp.FastCgi.Gateway.Tls;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>How the gateway's Kestrel differs from the default one.</summary>
internal static class KestrelSetup
{
    public const string Section = "Kestrel";

    private const string EndpointsSection = "Endpoints";
    private const string DefaultCertificate = "Certificates:Default";
    private const string Certificate = "Certificate";
    private const string Sni = "Sni";
    private const string AnyHost = "*";

    /// <param name="kestrel">Is set up.</param>
    /// <param name="configuration">Its section <c>Kestrel</c> keeps its meaning.</param>
    /// <param name="options">The command line.</param>
    /// <param name="settings">The section <c>Gateway</c>.</param>
    /// <param name="certificates">The certificates of listeners that have none of their own.</param>
    public static void Apply(KestrelServerOptions kestrel, IConfiguration configuration, GatewayOptions options, GatewaySettings settings, CertificateStore certificates)
    {
        kestrel.AddServerHeader = false;

        // HTTP leaves bytes from 0x80 up to the applications (RFC 9110 section 5.5); Latin-1 maps each to one char and back.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;

        KestrelLimits.Apply(kestrel.Limits, settings.Limits);
        UseConnectionMiddleware(kestrel, settings);

        var addresses = settings.Addresses;
        var section = configuration.GetSection(Section);

        // Kestrel's own configuration loader binds them, so that https finds its certificate as everywhere else.
        var loader = addresses.Count > 0
            ? kestrel.Configure(WithEndpoints(section, addresses))
            : kestrel.Configure(WithoutDefaultCertificate(section), reloadOnChange: true);
        if (CertificateSources.Read(configuration, settings.Tls).Certificates.Count == 0)
        {
            ListenOnPassedSockets(kestrel, options, static listener => listener.UseHttps());
            return;
        }

        var endpoints = addresses.Count > 0 ? addresses.Select(static (_, i) => Name(i)) : section.GetSection(EndpointsSection).GetChildren().Select(static endpoint => endpoint.Key);
        foreach (var name in endpoints)
        {
            loader.Endpoint(name, endpoint => UseCertificates(endpoint, certificates, settings.Tls));
        }

        ListenOnPassedSockets(kestrel, options, listener => TlsListener.Use(listener, new HttpsConnectionAdapterOptions(), certificates, settings.Tls.Protocols));
    }

    /// <returns>
    /// The addresses of the command line, else of the environment (ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS, ASPNETCORE_HTTPS_PORTS), else the default ones; empty when
    /// Kestrel:Endpoints, or a socket that was passed, says where to listen.
    /// </returns>
    /// <exception cref="InvalidDataException">The environment names what is no address.</exception>
    public static IReadOnlyList<ListenAddress> Addresses(IConfiguration configuration, GatewayOptions options)
    {
        if (options.Listen.Count > 0)
        {
            return options.Listen;
        }

        if (options.Passed.Count > 0 || configuration.GetSection($"{Section}:{EndpointsSection}").Exists())
        {
            return [];
        }

        string[] urls = [.. Split(configuration[WebHostDefaults.ServerUrlsKey])];
        if (urls.Length == 0)
        {
            urls =
            [
                .. Split(configuration[WebHostDefaults.HttpPortsKey]).Select(static port => $"http://{AnyHost}:{port}"),
                .. Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(static port => $"https://{AnyHost}:{port}"),
            ];
        }

        return urls.Length > 0 ? [.. urls.Select(ListenAddress.Parse)] : ListenAddress.Defaults;
    }

    /// <summary>Kestrel's section with the addresses that it is given in place of those of the configuration.</summary>
    public static IConfigurationSection Effective(IConfiguration configuration, GatewaySettings settings)
    {
        var section = configuration.GetSection(Section);
        if (settings.Addresses is not { Count: > 0 } addresses)
        {
            return section;
        }

        var effective = WithEndpoints(section, addresses).AsEnumerable().Select(static entry => KeyValuePair.Create($"{Section}:{entry.Key}", entry.Value));
        return new ConfigurationBuilder().AddInMemoryCollection(effective).Build().GetSection(Section);
    }

    /// <summary>Keeps the host from giving Kestrel the addresses of the environment as well, which are among the settings' own.</summary>
    public static void TakeAddresses(IConfiguration configuration, GatewayOptions options, GatewaySettings settings)
    {
        if (options.Listen.Count == 0 && settings.Addresses.Count > 0)
        {
            configuration[WebHostDefaults.ServerUrlsKey] = "";
            configuration[WebHostDefaults.HttpPortsKey] = "";
            configuration[WebHostDefaults.HttpsPortsKey] = "";
        }
    }

    private static string[] Split(string? list) => list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    // In front of TLS, and in this order: what the PROXY protocol tells is what connections are counted by.
    private static void UseConnectionMiddleware(KestrelServerOptions kestrel, GatewaySettings settings)
    {
        var perClient = settings.Limits.MaxConnectionsPerClient is > 0 and var limit
            ? new ClientConnectionLimit(limit, kestrel.ApplicationServices.GetRequiredService<ILogger<ClientConnectionLimit>>())
            : null;
        kestrel.ConfigureEndpointDefaults(listener =>
        {
            ProxyProtocolMiddleware.Use(listener, settings.ProxyProtocol);
            perClient?.Use(listener);
        });
    }

    private static void ListenOnPassedSockets(KestrelServerOptions kestrel, GatewayOptions options, Action<ListenOptions> useTls)
    {
        foreach (var socket in options.Passed)
        {
            kestrel.ListenHandle((ulong)socket.Descriptor, listener =>
            {
                listener.Protocols = socket.Protocols;
                if (socket.IsTls)
                {
                    useTls(listener);
                }
            });
        }
    }

    private static void UseCertificates(EndpointConfiguration endpoint, CertificateStore certificates, TlsOptions tls)
    {
        if (endpoint.IsHttps && !endpoint.ConfigSection.GetSection(Certificate).Exists() && !endpoint.ConfigSection.GetSection(Sni).Exists())
        {
            TlsListener.Use(endpoint.ListenOptions, endpoint.HttpsOptions, certificates, tls.Protocols);
        }
    }

    private static string Name(int index) => index.ToString(CultureInfo.InvariantCulture);

    // Kestrel binds every listener again when the file of its default certificate changes; the store does without.
    private static IConfiguration WithoutDefaultCertificate(IConfigurationSection section)
        => string.IsNullOrEmpty(section[$"{DefaultCertificate}:Path"])
            ? section
            : new ConfigurationBuilder().AddConfiguration(section).AddInMemoryCollection([KeyValuePair.Create<string, string?>($"{DefaultCertificate}:Path", "")]).Build();

    private static IConfiguration WithEndpoints(IConfigurationSection section, IReadOnlyList<ListenAddress> addresses)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (!key.StartsWith(EndpointsSection, StringComparison.OrdinalIgnoreCase))
            {
                settings[key] = value;
            }
        }

        settings.Remove($"{DefaultCertificate}:Path");

        for (var i = 0; i < addresses.Count; i++)
        {
            settings[$"{EndpointsSection}:{Name(i)}:Url"] = addresses[i].Url;
            settings[$"{EndpointsSection}:{Name(i)}:Protocols"] = addresses[i].Protocols.ToString();
        }

        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }
}
