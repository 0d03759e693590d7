using System.Security.Authentication;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>The section <c>Gateway:Tls</c>: certificates of https listeners that have none of their own in <c>Kestrel:Endpoints</c>.</summary>
internal sealed record TlsOptions
{
    private const string Tls12 = "1.2";
    private const string Tls13 = "1.3";

    /// <summary>Certificates by name; which one a client gets is told by the names that stand in them.</summary>
    public IReadOnlyList<KeyValuePair<string, CertificateOptions>> Certificates { get; private init; } = [];

    /// <summary>Which one clients get that name no host, or one that no certificate is for. Default: Kestrel:Certificates:Default, else the first.</summary>
    public string? DefaultCertificate { get; private init; }

    /// <summary>The versions of TLS that are spoken. Default: 1.2 and above.</summary>
    public SslProtocols Protocols { get; private init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>How often files of certificates are looked at for a change; zero only looks when the gateway is told to reload. Default: 10 seconds.</summary>
    public TimeSpan CheckPeriod { get; private init; } = TimeSpan.FromSeconds(10);

    public static TlsOptions Read(SectionReader section)
    {
        var defaults = new TlsOptions();
        var minimum = section.Read("MinimumVersion", new WordFormat(Tls12, Tls13), Tls12);
        var certificates = section.ReadNamed(nameof(Certificates), CertificateOptions.Read);
        string? defaultCertificate = null;
        if (certificates.Count > 0 && section.TryRead(nameof(DefaultCertificate), new WordFormat([.. certificates.Select(certificate => certificate.Key)]), out var name))
        {
            defaultCertificate = name;
        }
        else if (certificates.Count == 0 && section.Has(nameof(DefaultCertificate)))
        {
            section.Refuse(nameof(DefaultCertificate), "names a certificate, but there are none in Certificates.");
        }

        return new TlsOptions
        {
            Certificates = certificates,
            DefaultCertificate = defaultCertificate,
            Protocols = minimum == Tls13 ? SslProtocols.Tls13 : defaults.Protocols,
            CheckPeriod = section.Read(nameof(CheckPeriod), PeriodFormat.Instance, defaults.CheckPeriod),
        };
    }
}
