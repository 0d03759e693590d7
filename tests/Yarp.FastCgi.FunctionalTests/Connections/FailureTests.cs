using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Connections;

public class FailureTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Destination_Down_Is502NamingTheAddress(string method)
    {
        var address = await ScriptedResponder.UnusedAddressAsync();
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(address));
        using var message = new HttpRequestMessage(new HttpMethod(method), "/") { Content = method == "GET" ? null : new StringContent("a body") };

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        Assert.Contains(proxy.Logs.Entries, entry => entry.ToString().Contains(address, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResponseHeadTimeout_SilentApplication_Is504NamingTheTimeout()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "ResponseHeadTimeout": "00:00:00.2" """ });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await responder.WaitForScriptAsync();
        Assert.Contains(proxy.Logs.Entries, entry => entry.ToString().Contains("ResponseHeadTimeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResponseHeadTimeout_HeadThatDribbles_Is504()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n");
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "ResponseHeadTimeout": "00:00:00.2" """ });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task ConnectTimeout_FullBacklog_Is504()
    {
        await using var responder = ScriptedResponder.StartWithoutAccepting(backlog: 0);
        using var first = new TestSocket(new(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified));
        await first.Socket.ConnectAsync(responder.EndPoint);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "ConnectTimeout": "00:00:00.2" """ });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }
}
