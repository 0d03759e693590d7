using System.Net;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Balancing;

/// <summary>Two destinations, one of which refuses connections: nobody notices, and it is back in service once it accepts them again.</summary>
public class ConnectFailureTests
{
    [Theory]
    [InlineData("Failover", ResponderSocket.Unix)]
    [InlineData("Failover", ResponderSocket.Tcp)]
    [InlineData("RoundRobin", ResponderSocket.Unix)]
    [InlineData("RoundRobin", ResponderSocket.Tcp)]
    [InlineData("WeightedRoundRobin", ResponderSocket.Unix)]
    [InlineData("FastCgiLeastBusy", ResponderSocket.Unix)]
    [InlineData("IpHash", ResponderSocket.Unix)]
    public async Task ConnectFailure_OneDestinationRefuses_NoClientSeesAnErrorAndItComesBack(string policy, ResponderSocket socket)
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"), socket);
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"), socket);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = Cluster(policy, "00:00:00.5") });

        // Whichever the policy prefers is the one that fails.
        var preferred = await proxy.Client.GetStringAsync("/") == "a" ? a : b;
        var name = preferred == a ? "a" : "b";
        await preferred.StopAsync();
        for (var i = 0; i < 10; i++)
        {
            using var response = await proxy.SendAsync(http2: false, HttpMethod.Post, content: new StringContent("body"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.NotEqual(name, await response.Content.ReadAsStringAsync());
        }

        preferred.Restart();
        await Eventually.UntilAsync(async () => name == await proxy.Client.GetStringAsync("/"), $"destination {name} to serve again");
    }

    [Fact]
    public async Task ConnectFailure_FirstRefusal_TakesTheDestinationOutAndReactivationPeriodBringsItBack()
    {
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), b.Address) { Cluster = Cluster("Failover", "00:00:00.2") });

        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));

        await Eventually.UntilAsync(() => proxy.Logs.Entries.Count(entry => entry.EventId.Name == "UnhealthyDestinationIsScheduledForReactivation") == 1, "destination a to be taken out");
        await Eventually.UntilAsync(() => proxy.Destination("a").Health.Passive == DestinationHealth.Unknown && proxy.IsAvailable("a"), "destination a to be tried again");

    }

    [Fact]
    public async Task ConnectFailure_AllDestinationsOut_TheLastResortIsTried()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = Cluster("Failover", "01:00:00") });
        await a.StopAsync();
        await b.StopAsync();

        using var failed = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        await Eventually.UntilAsync(
            () => IsOut("a") && IsOut("b") && proxy.IsAvailable("a") && proxy.IsAvailable("b"), "both destinations to be out, and available as the last resort");

        b.Restart();
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));

        bool IsOut(string id) => proxy.Destination(id).Health.Passive == DestinationHealth.Unhealthy;
    }

    [Fact]
    public async Task Policies_OnAnHttpCluster_Work()
    {
        await using var a = await HttpDestination.StartAsync(context => context.Response.Body.WriteAsync("a"u8.ToArray()).AsTask());
        await using var b = await HttpDestination.StartAsync(context => context.Response.Body.WriteAsync("b"u8.ToArray()).AsTask());
        var json = $$"""
            {
              "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
              "Clusters": { "app": {
                "LoadBalancingPolicy": "WeightedRoundRobin",
                "Destinations": { "a": { "Address": "{{a.Address}}", "FastCgi": { "Weight": 3 } }, "b": { "Address": "{{b.Address}}", "Metadata": { "Weight": "1" } } }
              } }
            }
            """;
        await using var proxy = await TestProxy.StartAsync(json);

        var answers = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            answers.Add(await proxy.Client.GetStringAsync("/"));
        }

        Assert.Equal(6, answers.Count(answer => answer == "a"));
        foreach (var policy in (string[])["IpHash", "Failover", "FastCgiLeastBusy"])
        {
            Assert.Null(await proxy.ReloadAsync(json.Replace("WeightedRoundRobin", policy, StringComparison.Ordinal)));
            Assert.Contains(await proxy.Client.GetStringAsync("/"), (string[])["a", "b"]);
        }
    }

    [Fact]
    public async Task ConnectFailure_HttpDestinationRefuses_IsTakenOut()
    {
        await using var b = await HttpDestination.StartAsync(context => context.Response.Body.WriteAsync("b"u8.ToArray()).AsTask());
        var unused = (await ScriptedResponder.UnusedAddressAsync(ResponderSocket.Tcp)).Replace("fastcgi:", "http:", StringComparison.Ordinal);
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
              "Clusters": { "app": {
                {{Cluster("Failover", "01:00:00")}},
                "Destinations": { "a": { "Address": "{{unused}}" }, "b": { "Address": "{{b.Address}}" } }
              } }
            }
            """);

        using var failed = await proxy.Client.GetAsync("/");
        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);

        await Eventually.UntilAsync(() => !proxy.IsAvailable("a"), "destination a to be taken out");
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
    }

    private static string Cluster(string policy, string period) => $$"""
        "LoadBalancingPolicy": "{{policy}}",
        "HealthCheck": { "Passive": { "Enabled": true, "Policy": "ConnectFailure", "ReactivationPeriod": "{{period}}" } }
        """;
}
