using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Balancing;

public class PassiveHealthTests
{
    private const string TransportFailureRate = """
        "LoadBalancingPolicy": "FirstAlphabetical",
        "HealthCheck": { "Passive": { "Enabled": true, "Policy": "TransportFailureRate", "ReactivationPeriod": "01:00:00" } }
        """;

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.Tcp)]
    public async Task TransportFailureRate_DestinationDown_IsTakenOutAlthoughTheRequestWasSaved(ResponderSocket kind)
    {
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync(kind), b.Address) { Cluster = TransportFailureRate });

        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
        await WaitUntilUnhealthyAsync(proxy);

        Assert.True(proxy.IsAvailable("b"));
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
        Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "Retry");
    }

    [Fact]
    public async Task TransportFailureRate_SilentDestination_IsTakenOut()
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await StartAsync(new ProxyJson(a.Address, b.Address)
        {
            Cluster = TransportFailureRate,
            ClusterFastCgi = """ "ResponseHeadTimeout": "00:00:00.2" """,
        });

        using var failed = await proxy.Client.GetAsync("/");
        await WaitUntilUnhealthyAsync(proxy);

        Assert.Equal(HttpStatusCode.GatewayTimeout, failed.StatusCode);
        await a.WaitForScriptAsync();
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task TransportFailureRate_ResponseCutShort_IsTakenOut()
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Length: 100\r\n\r\nshort");
        });
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = TransportFailureRate });

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => proxy.Client.GetStringAsync("/"));
        await WaitUntilUnhealthyAsync(proxy);

        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ResponseCutShort_ForThePipeline_TheClientHasNotGoneAway(bool http2)
    {
        var seen = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Length: 100\r\n\r\nshort");
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(a.Address).ToString(),
            Pipeline = pipeline => pipeline.Use(async (context, next) =>
            {
                var reset = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using var registration = context.RequestAborted.Register(reset.SetResult);
                await next(context);
                await reset.Task.WithinAsync("the server to have reset the response");
                seen.SetResult(context.RequestAborted.IsCancellationRequested);
            }),
        });

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => (http2 ? proxy.Http2Client : proxy.Client).GetStringAsync("/"));

        Assert.False(await seen.Task.WithinAsync("the request to end"));
    }

    [Fact]
    public async Task TransportFailureRate_FullQueue_DoesNotPunishTheDestination()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the first request go");
            return Reply.Text("a");
        });
        await using var proxy = await StartAsync(new ProxyJson(a.Address)
        {
            Cluster = TransportFailureRate,
            ClusterFastCgi = """ "MaxConnections": 1, "QueueLimit": 0 """,
        });

        var first = proxy.Client.GetStringAsync("/");
        await a.WaitForRequestAsync();
        for (var i = 0; i < 5; i++)
        {
            using var refused = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        release.SetResult();
        Assert.Equal("a", await first);
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
        Assert.NotEqual(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Passive);
        Assert.Equal(2, a.Requests.Count);
    }

    [Fact]
    public async Task TransportFailureRate_ErrorOfTheApplication_DoesNotPunishTheDestination()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Status(500, "Internal Server Error", "broken"));
        await using var proxy = await StartAsync(new ProxyJson(a.Address) { Cluster = TransportFailureRate });

        for (var i = 0; i < 5; i++)
        {
            using var response = await proxy.Client.GetAsync("/");
            Assert.Equal("broken", await response.Content.ReadAsStringAsync());
        }

        Assert.NotEqual(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Passive);
    }

    private static Task<TestProxy> StartAsync(ProxyJson json) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = json.ToString(),
        Services = services => services.Configure<TransportFailureRateHealthPolicyOptions>(policy => policy.MinimalTotalCountThreshold = 1),
    });

    // YARP updates the list of available destinations in the background, without telling anyone.
    private static Task WaitUntilUnhealthyAsync(TestProxy proxy) =>
        Eventually.UntilAsync(() => !proxy.IsAvailable("a"), "destination a to be taken out");
}
