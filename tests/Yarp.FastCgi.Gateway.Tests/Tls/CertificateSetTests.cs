using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Gateway.Tls;

namespace Yarp.FastCgi.Gateway.Tests.Tls;

public sealed class CertificateSetTests : IDisposable
{
    private readonly TestCertificates _files = new();
    private readonly CertificateSet _set;

    public CertificateSetTests()
    {
        _files.Write("exact", "www.example.com", "example.com", "127.0.0.1");
        _files.Write("wild", "*.example.com", "*.EXAMPLE.org");
        _files.Write("other", "other.test");
        LoadedCertificate[] certificates = [.. new[] { "exact", "wild", "other" }.Select(Load)];
        _set = new CertificateSet(certificates, fallback: certificates[2]);
    }

    [Theory]
    [InlineData("www.example.com", "CN=exact")]
    [InlineData("WWW.Example.COM.", "CN=exact")]
    [InlineData("example.com", "CN=exact")]
    [InlineData("127.0.0.1", "CN=exact")]
    [InlineData("a.example.com", "CN=wild")]
    [InlineData("a.example.org", "CN=wild")]
    [InlineData("a.b.example.com", "CN=other")]
    [InlineData("example.org", "CN=other")]
    [InlineData(".example.org", "CN=other")]
    [InlineData("*.example.com", "CN=wild")]
    [InlineData("unknown.test", "CN=other")]
    [InlineData("", "CN=other")]
    [InlineData(null, "CN=other")]
    public void Select_Host_GivesTheCertificateForIt(string? host, string subject)
        => Assert.Equal(subject, _set.Select(host)!.Certificate.Subject);

    [Fact]
    public void Select_NoCertificates_GivesNone() => Assert.Null(new CertificateSet([], fallback: null).Select("a"));

    [Fact]
    public void Load_CertificateWithoutNames_IsForItsCommonName()
    {
        _files.Write("plain.test");

        Assert.Equal(["plain.test"], Load("plain.test").Names);
    }

    public void Dispose() => _files.Dispose();

    private LoadedCertificate Load(string name) => CertificateFile.Load(new CertificateOptions { Path = _files.Path($"{name}.pem"), KeyPath = _files.Path($"{name}.key") });
}
