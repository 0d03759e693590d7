using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Balancing;

public class ActiveHealthTests
{
    private const string ConsecutiveFailures = """
        "LoadBalancingPolicy": "FirstAlphabetical",
        "Metadata": { "ConsecutiveFailuresHealthPolicy.Threshold": "1" },
        "HealthCheck": { "Active": {
          "Enabled": true, "Policy": "ConsecutiveFailures", "Interval": "01:00:00", "Timeout": "00:00:10", "Path": "/health", "Query": "?from=probe" } }
        """;

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.AbstractUnix)]
    [InlineData(ResponderSocket.Tcp)]
    [InlineData(ResponderSocket.TcpIPv6)]
    public async Task Probe_UnhealthyAnswer_TakesTheDestinationOutAndBack(ResponderSocket kind)
    {
        var healthy = true;
        await using var a = ScriptedResponder.Start(
            request => request["QUERY_STRING"] == "from=probe" && !Volatile.Read(ref healthy) ? Reply.Status(503) : Reply.Text("a"), kind);
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"), kind);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = ConsecutiveFailures });
        await WaitUntilHealthyAsync(proxy, "a", "b");
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));

        Volatile.Write(ref healthy, false);
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Active);
        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("b").Health.Active);
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));

        Volatile.Write(ref healthy, true);
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Probe_Request_HasThePathAndQueryOfTheHealthCheck()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address) { Cluster = ConsecutiveFailures });

        var probe = await a.WaitForRequestAsync();

        Assert.Equal("GET", probe["REQUEST_METHOD"]);
        Assert.Equal("/health?from=probe", probe["REQUEST_URI"]);
        Assert.Equal("from=probe", probe["QUERY_STRING"]);
        Assert.Equal("CGI/1.1", probe["GATEWAY_INTERFACE"]);
        Assert.Contains("health check", probe["HTTP_USER_AGENT"], StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.Tcp)]
    public async Task Probe_ApplicationStoppedAndRestarted_TakesTheDestinationOutAndBack(ResponderSocket kind)
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"), kind);
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"), kind);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = ConsecutiveFailures });
        await WaitUntilHealthyAsync(proxy, "a", "b");

        await a.StopAsync();
        await proxy.ProbeAsync();
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));

        a.Restart();
        await proxy.ProbeAsync();
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Probe_SilentApplication_EndsWithTheProbesTimeout()
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address)
        {
            Cluster = ConsecutiveFailures.Replace("00:00:10", "00:00:00.2", StringComparison.Ordinal),
        });

        await a.WaitForScriptAsync();

        await Eventually.UntilAsync(() => proxy.Destination("a").Health.Active == DestinationHealth.Unhealthy, "the silent destination to be unhealthy");
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Probe_PingOfPhpFpm_IsHealthyWhileItRuns()
    {
        await using var fpm = await PhpFpm.StartAsync();
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(fpm.Address)
        {
            FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """,
            ClusterFastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """,
            Cluster = ConsecutiveFailures.Replace("/health", fpm.PingPath, StringComparison.Ordinal),
        });
        await WaitUntilHealthyAsync(proxy, "a");

        await fpm.StopAsync();
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Active);

        await fpm.StartProcessAsync();
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
    }

    // The first round of probes is YARP's own, in the background of the start.
    private static Task WaitUntilHealthyAsync(TestProxy proxy, params string[] destinations) => Eventually.UntilAsync(
        () => destinations.All(destination => proxy.Destination(destination).Health.Active == DestinationHealth.Healthy && proxy.IsAvailable(destination)),
        "the first round of health probes to find every destination healthy");
}
