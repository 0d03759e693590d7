using System.Net.Sockets;
using System.Text;
using Yarp.FastCgi.Gateway.Tests.Gateway;

namespace Yarp.FastCgi.Gateway.Tests.ProxyProtocol;

/// <summary>The PROXY protocol in front of a gateway, over real connections.</summary>
public class ProxyProtocolTests
{
    private const string Request = "GET /a HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n";
    private const string Version1 = "PROXY TCP4 192.0.2.1 192.0.2.2 56324 4430\r\n";
    private const string Trusting = """{ "ProxyProtocol": { "TrustedNetworks": "127.0.0.0/8" } }""";

    [Fact]
    public async Task Header_OfATrustedPeer_TellsTheAddresses()
    {
        await using var gateway = await FrontGateway.StartAsync(Trusting);

        Assert.Contains("192.0.2.1:56324 site.test:4430 https= /a", await gateway.SendAsync(Version1 + Request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_OfVersion2_TellsTheAddresses()
    {
        await using var gateway = await FrontGateway.StartAsync(Trusting);
        var header = Convert.FromHexString("0D0A0D0A000D0A515549540A" + "21210029" + "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "000101BB" + "040002ABCD");

        Assert.Contains("2001:db8::1:1 site.test:443 https= /a", await gateway.SendAsync([.. header, .. Encoding.ASCII.GetBytes(Request)]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")]
    public async Task Header_WithoutAddresses_LeavesThoseOfTheConnection(string header)
    {
        await using var gateway = await FrontGateway.StartAsync(Trusting);

        Assert.Contains("\r\n127.0.0.1:", await gateway.SendAsync(header + Request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_ByteByByte_IsPutTogether()
    {
        await using var gateway = await FrontGateway.StartAsync(Trusting);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway.EndPoint);

        foreach (var value in Encoding.ASCII.GetBytes(Version1 + Request))
        {
            await socket.SendAsync(new[] { value });
        }

        Assert.Contains("192.0.2.1:56324 ", await FrontGateway.ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_OfAnybodyElse_ChangesNothing()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "ProxyProtocol": { "TrustedNetworks": ["192.0.2.0/24", "unix"] } }""");

        var spoofed = await gateway.SendAsync(Version1 + Request);

        Assert.DoesNotContain("192.0.2.1", spoofed, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", spoofed, StringComparison.Ordinal);
        Assert.Contains("\r\n127.0.0.1:", await gateway.SendAsync(Request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrustedPeer_WithoutHeader_IsClosedAndTold()
    {
        await using var gateway = await FrontGateway.StartAsync(Trusting);

        Assert.Equal("", await gateway.SendAsync(Request));
        Assert.Contains("Gateway:ProxyProtocol:TrustedNetworks", await gateway.Logs.WaitForAsync("did not begin with a right header"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrustedPeer_ThatSendsNoWholeHeader_IsClosedInTime()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "ProxyProtocol": { "TrustedNetworks": "127.0.0.1", "Timeout": "00:00:00.2" } }""");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.EndPoint);
        await socket.SendAsync("PROXY TCP4"u8.ToArray());

        Assert.Equal("", await FrontGateway.ReadToEndAsync(socket));
        await gateway.Logs.WaitForAsync("Gateway:ProxyProtocol:Timeout");
    }

    [Fact]
    public async Task Header_InFrontOfTls_IsRead()
    {
        using var files = new TestCertificates();
        files.Write("site", "site.test");
        await using var gateway = await FrontGateway.StartAsync(
            $$"""{ "ProxyProtocol": { "TrustedNetworks": "127.0.0.1" }, "Tls": { "Certificates": { "site": {{files.Options("site")}} } } }""", listen: "https://127.0.0.1:0");
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(gateway.EndPoint);
        await socket.SendAsync(Encoding.ASCII.GetBytes(Version1));

        await using var tls = await TlsClient.HandshakeAsync(socket, "site.test");

        Assert.Contains("192.0.2.1:56324 site.test:4430 https=on /a", await tls.SendAsync(Request), StringComparison.Ordinal);
    }
}
