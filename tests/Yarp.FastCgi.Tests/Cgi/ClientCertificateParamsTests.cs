using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Tests.Cgi;

public class ClientCertificateParamsTests
{
    [Fact]
    public void Get_Certificate_IsWrittenAsModSslDoes()
    {
        using var certificate = Create(
            Name(builder =>
            {
                builder.AddEmailAddress("a@b.example");
                builder.AddCommonName("#ann+b ");
                builder.AddOrganizationName("Ä & Co., \"KG\"");
                builder.AddCountryOrRegion("DE");
            }),
            serial: [0x80, 0x01]);

        var written = ClientCertificateParams.Get(certificate);

        Assert.Equal(@"emailAddress=a@b.example,CN=\#ann\+b\ ,O=Ä & Co.\, \""KG\"",C=DE", Text(written.Subject));
        Assert.Equal(Text(written.Subject), Text(written.Issuer));
        Assert.Equal("8001", Text(written.Serial));
        Assert.Equal("Jan  2 03:04:05 2026 GMT", Text(written.Start));
        Assert.Equal("Dec 31 23:59:59 2035 GMT", Text(written.End));
        Assert.StartsWith("-----BEGIN CERTIFICATE-----\n", Text(written.Pem), StringComparison.Ordinal);
        Assert.EndsWith("\n-----END CERTIFICATE-----\n", Text(written.Pem), StringComparison.Ordinal);
        Assert.Same(written, ClientCertificateParams.Get(certificate));
    }

    [Fact]
    public void Get_LineBreakInAName_StaysOneLine()
    {
        using var certificate = Create(Name(builder => builder.AddCommonName("a\nO=evil")), serial: [1]);

        Assert.Equal(@"CN=a\0AO=evil", Text(ClientCertificateParams.Get(certificate).Subject));
        Assert.Equal("01", Text(ClientCertificateParams.Get(certificate).Serial));
    }

    private static string Text(byte[] value) => Encoding.UTF8.GetString(value);

    // The builder encodes the last one first, as certificates have them: the country in front.
    private static X500DistinguishedName Name(Action<X500DistinguishedNameBuilder> build)
    {
        var builder = new X500DistinguishedNameBuilder();
        build(builder);
        return builder.Build();
    }

    private static X509Certificate2 Create(X500DistinguishedName name, byte[] serial)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(name, key, HashAlgorithmName.SHA256).Create(
            name,
            X509SignatureGenerator.CreateForECDsa(key),
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
            new DateTimeOffset(2035, 12, 31, 23, 59, 59, TimeSpan.Zero),
            serial);
    }
}
