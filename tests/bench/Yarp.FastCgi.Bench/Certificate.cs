using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Yarp.FastCgi.Bench;

/// <summary>A self-signed certificate for the servers.</summary>
internal static class Certificate
{
    /// <returns>A file with the certificate and its key, as every one of the servers reads it.</returns>
    public static string Create(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var path = Path.Combine(directory, "certificate.pem");
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return path;
    }
}
