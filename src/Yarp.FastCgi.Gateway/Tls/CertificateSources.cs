using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Every certificate that the gateway looks after, by its key in the configuration.</summary>
/// <param name="Certificates">In the order in which they are chosen.</param>
/// <param name="Default">The key of the one for clients that ask for no name; null is the first.</param>
/// <param name="CheckPeriod">How often the files are looked at; zero never.</param>
internal sealed record CertificateSources(IReadOnlyList<KeyValuePair<string, CertificateOptions>> Certificates, string? Default, TimeSpan CheckPeriod)
{
    /// <summary>Kestrel's own place for the certificate of all listeners.</summary>
    public const string KestrelDefault = "Kestrel:Certificates:Default";

    private const string CertificatesKey = $"{Hosting.GatewaySettings.Name}:{nameof(Hosting.GatewaySettings.Tls)}:{nameof(TlsOptions.Certificates)}";

    public static readonly CertificateSources None = new([], Default: null, TimeSpan.Zero);

    /// <summary>Those of <c>Gateway:Tls</c>, and Kestrel's default one where it is a file. One of a certificate store stays Kestrel's.</summary>
    public static CertificateSources Read(IConfiguration configuration, TlsOptions options)
    {
        var certificates = options.Certificates.Select(certificate => KeyValuePair.Create($"{CertificatesKey}:{certificate.Key}", certificate.Value)).ToList();
        var fallback = options.DefaultCertificate is { } name ? $"{CertificatesKey}:{name}" : null;
        if (IsKestrelDefaultFile(configuration))
        {
            var kestrel = new SectionReader(configuration.GetSection(KestrelDefault));
            certificates.Add(KeyValuePair.Create(KestrelDefault, CertificateOptions.Read(kestrel)));
            fallback ??= KestrelDefault;
        }

        return new CertificateSources(certificates, fallback, options.CheckPeriod);
    }

    /// <summary>Whether Kestrel's default certificate is a file.</summary>
    public static bool IsKestrelDefaultFile(IConfiguration configuration) => !string.IsNullOrEmpty(configuration[$"{KestrelDefault}:Path"]);
}
