using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>Certificates of an authority of their own, as files.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly X509Certificate2 _root;
    private readonly X509Certificate2 _intermediate;

    public TestCertificates()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=root", rootKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _root = root.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(2));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var intermediate = new CertificateRequest("CN=intermediate", key, HashAlgorithmName.SHA256);
        intermediate.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = intermediate.Create(_root, _root.NotBefore, DateTimeOffset.UtcNow.AddYears(1), RandomNumberGenerator.GetBytes(8));
        _intermediate = certificate.CopyWithPrivateKey(key);
    }

    public X509Certificate2 Root => _root;

    public string Path(string name) => _directory.Combine(name);

    /// <summary>Writes NAME.pem with the intermediate, NAME.key, and NAME.pfx with the password "secret"; returns the thumbprint.</summary>
    public string Write(string name, params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        if (hosts.Length > 0)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        using var certificate = request.Create(_intermediate, _intermediate.NotBefore, DateTimeOffset.UtcNow.AddDays(60), RandomNumberGenerator.GetBytes(8));
        using var withKey = certificate.CopyWithPrivateKey(key);
        Replace($"{name}.key", key.ExportPkcs8PrivateKeyPem());
        Replace($"{name}.pem", $"{certificate.ExportCertificatePem()}\n{_intermediate.ExportCertificatePem()}\n");
        File.WriteAllBytes(Path($"{name}.pfx"), new X509Certificate2Collection { withKey, X509CertificateLoader.LoadCertificate(_intermediate.RawData) }.Export(X509ContentType.Pkcs12, "secret")!);
        return certificate.Thumbprint;
    }

    public void Replace(string file, string content)
    {
        File.WriteAllText(Path(file) + ".new", content);
        File.Move(Path(file) + ".new", Path(file), overwrite: true);
    }

    /// <summary>The options of a certificate as JSON.</summary>
    public string Options(string name)
        => $$"""{ "Path": {{JsonSerializer.Serialize(Path($"{name}.pem"))}}, "KeyPath": {{JsonSerializer.Serialize(Path($"{name}.key"))}} }""";

    public void Dispose()
    {
        _root.Dispose();
        _intermediate.Dispose();
        _directory.Dispose();
    }
}
