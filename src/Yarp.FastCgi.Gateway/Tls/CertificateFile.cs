using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Reads a certificate with its key and its intermediates.</summary>
internal static class CertificateFile
{
    private static ReadOnlySpan<byte> PemMark => "-----BEGIN "u8;

    /// <exception cref="CryptographicException">The file holds no certificate, no key that fits it, or needs another password.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static LoadedCertificate Load(CertificateOptions options)
    {
        var content = File.ReadAllBytes(options.Path);
        var chain = new X509Certificate2Collection();
        X509Certificate2 certificate;
        if (content.AsSpan().IndexOf(PemMark) >= 0)
        {
            chain.ImportFromPemFile(options.Path);
            certificate = LoadPem(options);
        }
        else
        {
            chain = X509CertificateLoader.LoadPkcs12Collection(content, options.Password);
            certificate = chain.FirstOrDefault(candidate => candidate.HasPrivateKey)
                ?? throw new CryptographicException("the file has no certificate with a private key");
        }

        // What a client may lack to get from the certificate to a root that it trusts. Nothing is fetched: a start must not wait for somebody else's server.
        var intermediates = new X509Certificate2Collection(chain.Where(other => !other.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)).ToArray());
        return new LoadedCertificate(certificate, SslStreamCertificateContext.Create(certificate, intermediates, offline: true), CertificateNames.Of(certificate));
    }

    private static X509Certificate2 LoadPem(CertificateOptions options)
    {
        var certificate = options.Password is { } password
            ? X509Certificate2.CreateFromEncryptedPemFile(options.Path, password, options.KeyPath)
            : X509Certificate2.CreateFromPemFile(options.Path, options.KeyPath);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // Windows' TLS does not take keys that exist in memory only.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }
}
