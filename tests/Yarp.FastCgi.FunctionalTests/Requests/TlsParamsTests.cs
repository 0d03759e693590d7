using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

/// <summary>The params of TLS and client certificates, over real handshakes.</summary>
public class TlsParamsTests
{
    [Fact]
    public async Task TlsParams_ClientCertificate_IsDescribedByModSslsNames()
    {
        using var certificate = CreateCertificate("CN=client,O=Example");

        var request = await AskAsync(""" "TlsParams": true """, certificate, SslProtocols.Tls12);

        Assert.Equal("TLSv1.2", request["SSL_PROTOCOL"]);
        Assert.StartsWith("ECDHE-", request["SSL_CIPHER"], StringComparison.Ordinal);
        Assert.Contains(request["SSL_CIPHER_USEKEYSIZE"], new[] { "128", "256" });
        Assert.Equal("shop.example", request["SSL_TLS_SNI"]);
        Assert.Equal("SUCCESS", request["SSL_CLIENT_VERIFY"]);
        Assert.Equal("CN=client,O=Example", request["SSL_CLIENT_S_DN"]);
        Assert.Equal("CN=client,O=Example", request["SSL_CLIENT_I_DN"]);
        Assert.Equal(certificate.SerialNumber.TrimStart('0'), request["SSL_CLIENT_M_SERIAL"]!.TrimStart('0'));
        Assert.EndsWith(" GMT", request["SSL_CLIENT_V_START"], StringComparison.Ordinal);
        Assert.EndsWith(" GMT", request["SSL_CLIENT_V_END"], StringComparison.Ordinal);
        using var sent = X509Certificate2.CreateFromPem(request["SSL_CLIENT_CERT"]);
        Assert.Equal(certificate.Thumbprint, sent.Thumbprint);
        Assert.Equal("on", request["HTTPS"]);
    }

    [Fact]
    public async Task TlsParams_NoClientCertificate_SaysNone()
    {
        var request = await AskAsync(""" "TlsParams": true """, clientCertificate: null, SslProtocols.Tls13);

        Assert.Equal("TLSv1.3", request["SSL_PROTOCOL"]);
        Assert.StartsWith("TLS_", request["SSL_CIPHER"], StringComparison.Ordinal);
        Assert.Equal("NONE", request["SSL_CLIENT_VERIFY"]);
        Assert.Null(request["SSL_CLIENT_S_DN"]);
        Assert.Null(request["SSL_CLIENT_CERT"]);
    }

    [Fact]
    public async Task TlsParams_NotSet_AreAbsent()
    {
        using var certificate = CreateCertificate("CN=client");

        var request = await AskAsync(""" "TlsParams": false """, certificate, SslProtocols.Tls13);

        Assert.DoesNotContain(request.Params, param => param.Name.StartsWith("SSL_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TlsParams_PlainHttp_AreAbsentAndCannotBeForged()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "Off", "TlsParams": true """ });
        using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "SSL-Client-Verify", "SUCCESS" }, { "SSL_CLIENT_VERIFY", "SUCCESS" } } };

        using var response = await proxy.Client.SendAsync(message);

        var request = Assert.Single(responder.Requests);
        Assert.DoesNotContain(request.Params, param => param.Name.StartsWith("SSL_", StringComparison.Ordinal));
        Assert.Null(request["HTTPS"]);
    }

    private static async Task<ReceivedRequest> AskAsync(string fastCgi, X509Certificate2? clientCertificate, SslProtocols protocol)
    {
        using var serverCertificate = CreateCertificate("CN=shop.example");
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "Off", """ + fastCgi }.ToString(),
            Kestrel = kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = serverCertificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.AllowAnyClientCertificate();
            })),
        });
        var address = new Uri(proxy.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(text => text.StartsWith("https", StringComparison.Ordinal)));
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = protocol,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=shop.example",
                LocalCertificateSelectionCallback = (_, _, _, _, _) => clientCertificate!,
            },
        };
        using var client = new HttpClient(handler) { Timeout = TestTimeout.Default };

        // The host of the handshake is that of the request.
        using var message = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = "shop.example" } };
        using var response = await client.SendAsync(message);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        return Assert.Single(responder.Requests);
    }

    private static X509Certificate2 CreateCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }
}
