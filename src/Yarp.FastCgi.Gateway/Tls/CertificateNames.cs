using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>The hosts that a certificate is for.</summary>
internal static class CertificateNames
{
    /// <summary>The names and addresses in subjectAltName (RFC 9525 section 6); the common name of a certificate that has none of them.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(static (IPAddress address) => address.ToString())))
            .Select(name => name.ToLowerInvariant())
            .Distinct()
            .ToList();
        return names.Count == 0 && certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false) is { Length: > 0 } common ? [common.ToLowerInvariant()] : names;
    }
}
