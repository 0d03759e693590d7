using System.Net.Security;
using System.Security.Authentication;
using System.Text.Json;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Tls;

/// <summary>TLS with certificates of the configuration, by real handshakes.</summary>
public sealed class TlsTests : IDisposable
{
    private const string Https = "https://127.0.0.1:0";
    private const string Request = "GET /a HTTP/1.1\r\nHost: one.test\r\n\r\n";

    private readonly TestCertificates _files = new();

    [Fact]
    public async Task Handshake_SeveralCertificates_GetsTheOneForTheName()
    {
        var one = _files.Write("one", "one.test");
        var two = _files.Write("two", "*.two.test");
        await using var gateway = await StartAsync($$"""{ "Certificates": { "one": {{_files.Options("one")}}, "two": {{_files.Options("two")}} }, "DefaultCertificate": "two" }""");

        Assert.Equal(one, await HandshakeAsync(gateway, "one.test"));
        Assert.Equal(two, await HandshakeAsync(gateway, "www.two.test"));
        Assert.Equal(two, await HandshakeAsync(gateway, "three.test"));
    }

    [Fact]
    public async Task Handshake_PemAndPfx_SendIntermediatesAndSpeakBothVersions()
    {
        var one = _files.Write("one", "one.test");
        foreach (var options in new[] { _files.Options("one"), $$"""{ "Path": {{JsonSerializer.Serialize(_files.Path("one.pfx"))}}, "Password": "secret" }""" })
        {
            await using var gateway = await StartAsync($$"""{ "Certificates": { "one": {{options}} } }""");
            await using var client = await TlsClient.ConnectAsync(gateway.EndPoint, "one.test", http2: true);

            Assert.Equal(one, client.Thumbprint);
            Assert.Equal(["CN=intermediate"], client.Intermediates);
            Assert.Equal(SslApplicationProtocol.Http2, client.Application);
        }
    }

    [Fact]
    public async Task Handshake_MinimumVersion_RefusesOlderOnes()
    {
        _files.Write("one", "one.test");
        await using var gateway = await StartAsync($$"""{ "Certificates": { "one": {{_files.Options("one")}} }, "MinimumVersion": "1.3" }""");

        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.ConnectAsync(gateway.EndPoint, "one.test", SslProtocols.Tls12));
        await using var client = await TlsClient.ConnectAsync(gateway.EndPoint, "one.test");
        Assert.Equal(SslProtocols.Tls13, client.Protocol);
    }

    [Fact]
    public async Task Change_OfTheFiles_IsForNewConnectionsAndClosesNone()
    {
        var before = _files.Write("one", "one.test");
        await using var gateway = await StartAsync($$"""{ "Certificates": { "one": {{_files.Options("one")}} }, "CheckPeriod": "00:00:00.05" }""");
        await using var living = await TlsClient.ConnectAsync(gateway.EndPoint, "one.test");
        Assert.Contains("https=on", await living.SendAndKeepAsync(Request, "/a"), StringComparison.Ordinal);
        Assert.Equal(before, living.Thumbprint);

        var after = _files.Write("one", "one.test", "new.test");
        await Eventually.UntilAsync(async () => await HandshakeAsync(gateway, "one.test") == after, "new handshakes to get the changed certificate");

        Assert.Contains("https=on", await living.SendAndKeepAsync(Request, "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_ThatCannotBeUsed_LeavesTheCertificateBeforeIt()
    {
        var before = _files.Write("one", "one.test");
        await using var gateway = await StartAsync($$"""{ "Certificates": { "one": {{_files.Options("one")}} }, "CheckPeriod": "00:00:00.05" }""");

        _files.Replace("one.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        var told = await gateway.Logs.WaitForAsync("The certificate before it goes on");

        Assert.Contains("Gateway:Tls:Certificates:one", told, StringComparison.Ordinal);
        Assert.Contains(_files.Path("one.key"), told, StringComparison.Ordinal);
        Assert.Equal(before, await HandshakeAsync(gateway, "one.test"));
    }

    [Fact]
    public async Task KestrelsDefaultCertificate_Changed_IsForNewConnectionsAndClosesNone()
    {
        var before = _files.Write("one", "one.test");
        await using var gateway = await FrontGateway.StartAsync(
            """{ "Tls": { "CheckPeriod": "00:00:00.05" } }""", sections: $$"""  "Kestrel": { "Certificates": { "Default": {{_files.Options("one")}} } },""", listen: Https);
        await using var living = await TlsClient.ConnectAsync(gateway.EndPoint, "one.test");
        Assert.Equal(before, living.Thumbprint);

        var after = _files.Write("one", "one.test");
        await Eventually.UntilAsync(async () => await HandshakeAsync(gateway, "one.test") == after, "new handshakes to get the changed certificate");

        Assert.Contains("https=on", await living.SendAndKeepAsync(Request, "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KestrelsEndpoints_WithACertificateOrSniOfTheirOwn_KeepIt()
    {
        var one = _files.Write("one", "one.test");
        var two = _files.Write("two", "two.test");
        var three = _files.Write("three", "three.test");
        await using var gateway = await FrontGateway.StartAsync(
            $$"""{ "Tls": { "Certificates": { "one": {{_files.Options("one")}} } } }""",
            sections: $$"""
                "Kestrel": {
                  "Endpoints": {
                    "a": { "Url": "https://127.0.0.1:0" },
                    "b": { "Url": "https://127.0.0.1:0", "Certificate": {{_files.Options("two")}} },
                    "c": { "Url": "https://127.0.0.1:0", "Sni": { "*": { "Certificate": {{_files.Options("three")}} } } }
                  }
                },
                """);

        foreach (var (url, expected) in gateway.Urls.Zip([one, two, three]))
        {
            await using var client = await TlsClient.ConnectAsync(FrontGateway.EndPointOf(url), "one.test");
            Assert.Equal(expected, client.Thumbprint);
            Assert.Contains("https=on", await client.SendAndKeepAsync(Request, "/a"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ClientCertificateMode_OfKestrelsEndpoint_Holds()
    {
        _files.Write("one", "one.test");
        await using var gateway = await FrontGateway.StartAsync(
            $$"""{ "Tls": { "Certificates": { "one": {{_files.Options("one")}} } } }""",
            sections: """
                "Kestrel": {
                  "Endpoints": {
                    "a": { "Url": "https://127.0.0.1:0", "ClientCertificateMode": "RequireCertificate" },
                    "b": { "Url": "https://127.0.0.1:0", "ClientCertificateMode": "AllowCertificate", "SslProtocols": ["Tls12"] }
                  }
                },
                """);
        await using var refused = await TlsClient.ConnectAsync(FrontGateway.EndPointOf(gateway.Urls[0]), "one.test");
        await using var allowed = await TlsClient.ConnectAsync(FrontGateway.EndPointOf(gateway.Urls[1]), "one.test");

        // The client's part of the handshake is over before the server has looked at the certificate that is not there.
        await Assert.ThrowsAnyAsync<Exception>(() => refused.SendAndKeepAsync(Request, "/a"));
        Assert.Contains("https=on", await allowed.SendAndKeepAsync(Request, "/a"), StringComparison.Ordinal);
        Assert.Equal(SslProtocols.Tls12, allowed.Protocol);
    }

    [Fact]
    public void Build_CertificatesThatCannotBeUsed_TellsAllOfThem()
    {
        using var directory = new TempDirectory();
        _files.Write("one", "one.test");
        _files.Write("two", "two.test");
        var file = directory.WriteFile("gateway.json", $$"""
            {
              "Gateway": {
                "DrainDelay": "x",
                "Tls": {
                  "Certificates": {
                    "missing": { "Path": "/nowhere/site.pem" },
                    "mixed": { "Path": "{{_files.Path("one.pem")}}", "KeyPath": "{{_files.Path("two.key")}}" },
                    "password": { "Path": "{{_files.Path("one.pfx")}}", "Password": "wrong" },
                    "nothing": { }
                  }
                }
              },
              "ReverseProxy": { "Routes": { "a": { "ClusterId": "b", "Match": { "Path": "/{" } } } }
            }
            """);

        var errors = Assert.Throws<AggregateException>(() => GatewayApplication.Build(new GatewayOptions { ConfigFile = file })).InnerExceptions.Select(error => error.Message).ToList();

        Assert.Contains(errors, error => error.StartsWith("'Gateway:DrainDelay' is 'x'", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("'Gateway:Tls:Certificates:missing': the certificate in /nowhere/site.pem cannot be used:", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("'Gateway:Tls:Certificates:mixed':", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("'Gateway:Tls:Certificates:password':", StringComparison.Ordinal) && !error.Contains("wrong", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("'/{'", StringComparison.Ordinal));
    }

    public void Dispose() => _files.Dispose();

    private static Task<FrontGateway> StartAsync(string tls) => FrontGateway.StartAsync($$"""{ "Tls": {{tls}} }""", listen: Https);

    private static async Task<string> HandshakeAsync(FrontGateway gateway, string host)
    {
        await using var client = await TlsClient.ConnectAsync(gateway.EndPoint, host);
        return client.Thumbprint;
    }
}
