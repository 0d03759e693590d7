using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Policies;

public class TimeoutTests
{
    [Theory]
    [InlineData(""" "Timeout": "00:00:00.3" """)]
    [InlineData(""" "TimeoutPolicy": "short" """)]
    public async Task RouteTimeout_SilentApplication_Is504AndTheConnectionIsClosed(string route)
    {
        await using var responder = SilentResponder();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { Route = route }.ToString(),
            Services = services => services.AddRequestTimeouts(timeouts => timeouts.AddPolicy("short", new RequestTimeoutPolicy { Timeout = TimeSpan.FromSeconds(0.3) })),
            App = app => app.UseRequestTimeouts(),
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task ActivityTimeout_SilentApplication_Is504AndTheConnectionIsClosed()
    {
        await using var responder = SilentResponder();
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:00.3" } """ });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task ActivityTimeout_ApplicationStopsInTheBody_AbortsTheClient()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Type: text/plain\r\n\r\nfirst part");
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:00.3" } """ });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var (text, close) = await client.ReadToEndAsync();

        Assert.Contains("first part", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n0\r\n", text, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Reset, close);
        await responder.WaitForScriptAsync();
    }

    private static ScriptedResponder SilentResponder() => ScriptedResponder.Start(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.WaitForPeerCloseAsync();
    });
}
