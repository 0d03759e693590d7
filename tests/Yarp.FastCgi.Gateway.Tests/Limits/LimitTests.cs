using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Yarp.FastCgi.Gateway.Limits;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Limits;

public class LimitTests
{
    private const string Request = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    [Fact]
    public async Task MaxConnectionsPerClient_Reached_ClosesTheNextUntilOneEnds()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "Limits": { "MaxConnectionsPerClient": 1 } }""");
        using (var first = await RawHttpConnection.ConnectAsync(gateway.EndPoint))
        {
            await first.SendAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
            await first.ReadHeadAsync();

            Assert.Equal("", await gateway.SendAsync(Request));
        }

        await Eventually.UntilAsync(async () => (await gateway.SendAsync(Request)).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal), "the connection to count no more");
    }

    [Fact]
    public async Task MaxConnectionsPerClient_BehindALoadBalancer_CountsItsClients()
    {
        await using var gateway = await FrontGateway.StartAsync(
            """{ "Limits": { "MaxConnectionsPerClient": 1 }, "ProxyProtocol": { "TrustedNetworks": "127.0.0.1" } }""");
        using var first = await RawHttpConnection.ConnectAsync(gateway.EndPoint);
        await first.SendAsync("PROXY TCP6 2001:db8::1 ::1 1 80\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        await first.ReadHeadAsync();

        // An IPv6 network of 64 bits is one client.
        Assert.Equal("", await gateway.SendAsync("PROXY TCP6 2001:db8::ffff:1 ::1 1 80\r\n" + Request));
        Assert.StartsWith("HTTP/1.1 200 ", await gateway.SendAsync("PROXY TCP6 2001:db8:0:1::1 ::1 1 80\r\n" + Request), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await gateway.SendAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1 80\r\n" + Request), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "MaxRequestHeadersTotalSize": 1024 }""", 431)]
    [InlineData("""{ "MaxRequestHeaderCount": 2 }""", 431)]
    [InlineData("""{ "MaxRequestLineSize": 256 }""", 414)]
    [InlineData("""{ "MaxRequestBodySize": 9 }""", 413)]
    [InlineData("""{ }""", 200)]
    public async Task RequestBeyondALimit_IsRefused(string limits, int status)
    {
        await using var gateway = await FrontGateway.StartAsync($$"""{ "Limits": {{limits}} }""");

        var response = await gateway.SendAsync($"POST /{new string('a', 300)} HTTP/1.1\r\nHost: x\r\nX-A: {new string('a', 1100)}\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789");

        Assert.StartsWith($"HTTP/1.1 {status} ", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_OfTheConfiguration_AreKestrels()
    {
        await using var gateway = await FrontGateway.StartAsync(
            """
            { "Limits": { "MaxConnections": 7, "MaxRequestBodySize": -1, "MaxStreamsPerConnection": 8, "KeepAliveTimeout": "00:00:09", "RequestHeadersTimeout": "00:00:10" } }
            """);

        var limits = gateway.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        Assert.Equal(7, limits.MaxConcurrentConnections);
        Assert.Null(limits.MaxRequestBodySize);
        Assert.Equal(8, limits.Http2.MaxStreamsPerConnection);
        Assert.Equal(TimeSpan.FromSeconds(9), limits.KeepAliveTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), limits.RequestHeadersTimeout);
    }

    [Fact]
    public async Task Limits_NotConfigured_AreKestrelsDefaultsAndThatOfDescriptors()
    {
        await using var gateway = await FrontGateway.StartAsync("{ }");

        var limits = gateway.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        var defaults = new KestrelServerOptions().Limits;

        Assert.Equal(DescriptorLimit.MaxConnections, limits.MaxConcurrentConnections);
        Assert.Equal(defaults.MaxRequestBodySize, limits.MaxRequestBodySize);
        Assert.Equal(defaults.MaxRequestLineSize, limits.MaxRequestLineSize);
        Assert.Equal(defaults.MaxRequestHeadersTotalSize, limits.MaxRequestHeadersTotalSize);
        Assert.Equal(defaults.MaxRequestHeaderCount, limits.MaxRequestHeaderCount);
        Assert.Equal(defaults.Http2.MaxStreamsPerConnection, limits.Http2.MaxStreamsPerConnection);
        Assert.Equal(defaults.Http2.MaxRequestHeaderFieldSize, limits.Http2.MaxRequestHeaderFieldSize);
        Assert.Equal(defaults.KeepAliveTimeout, limits.KeepAliveTimeout);
        Assert.Equal(defaults.RequestHeadersTimeout, limits.RequestHeadersTimeout);
    }
}
