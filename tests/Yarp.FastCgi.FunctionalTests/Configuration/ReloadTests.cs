using System.Net;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Configuration;

public class ReloadTests
{
    [Fact]
    public async Task Reload_ChangedParamOfTheRoute_TakesEffect()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["X"] ?? "none"));
        await using var proxy = await TestProxy.StartAsync(RouteParam("one"));

        Assert.Equal("one", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(RouteParam("two")));
        Assert.Equal("two", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(new ProxyJson(responder.Address)));
        Assert.Equal("none", await proxy.Client.GetStringAsync("/"));

        ProxyJson RouteParam(string value) => new(responder.Address) { FastCgi = $$""" "CheckFile": "Off", "Params": { "X": "{{value}}" } """ };
    }

    [Fact]
    public async Task Reload_ChangedParamOfTheCluster_TakesEffect()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["X"] ?? "none"));
        await using var proxy = await TestProxy.StartAsync(ClusterParam("one"));

        Assert.Equal("one", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(ClusterParam("two")));
        Assert.Equal("two", await proxy.Client.GetStringAsync("/"));

        ProxyJson ClusterParam(string value) => new(responder.Address) { ClusterFastCgi = $$""" "Params": { "X": "{{value}}" } """ };
    }

    [Fact]
    public async Task Reload_KeepAliveSwitched_TakesEffect()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request.KeepConnection ? "kept" : "closed"));
        await using var proxy = await TestProxy.StartAsync(KeepAlive("false"));

        Assert.Equal("closed", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(KeepAlive("true")));
        Assert.Equal("kept", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(KeepAlive("false")));
        Assert.Equal("closed", await proxy.Client.GetStringAsync("/"));

        // The connection that was kept for the old configuration is given back to the application.
        await responder.WaitForConnectionClosedAsync(3);

        ProxyJson KeepAlive(string value) => new(responder.Address) { ClusterFastCgi = $$""" "KeepAlive": {{value}}, "IdleTimeout": "01:00:00", "MaxConnectionLifetime": "01:00:00" """ };
    }

    [Theory]
    [InlineData(""" "CheckFile": "Off", "Parms": { "X": "1" } """, "Parms")]
    [InlineData(""" "CheckFile": "Sometimes" """, "Sometimes")]
    public async Task Reload_BadConfiguration_TheOldOneGoesOnServing(string fastCgi, string named)
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["X"] ?? "none"));
        var good = new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "Off", "Params": { "X": "old" } """ };
        await using var proxy = await TestProxy.StartAsync(good);

        var refusal = await proxy.ReloadAsync(good with { FastCgi = fastCgi });

        Assert.NotNull(refusal);
        Assert.Contains(named, refusal.ToString(), StringComparison.Ordinal);
        Assert.Equal("old", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(good with { FastCgi = """ "CheckFile": "Off", "Params": { "X": "new" } """ }));
        Assert.Equal("new", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Reload_DestinationReplaced_RequestInWorkIsFinishedAndNewOnesGoToTheNewOne()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var old = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the request in work go");
            return Reply.Text("old");
        });
        await using var @new = ScriptedResponder.Start(_ => Reply.Text("new"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(old.Address));
        var inWork = proxy.Client.GetStringAsync("/");
        await old.WaitForRequestAsync();

        Assert.Null(await proxy.ReloadAsync(new ProxyJson(@new.Address)));

        Assert.Equal("new", await proxy.Client.GetStringAsync("/"));
        release.SetResult();
        Assert.Equal("old", await inWork);
    }

    [Fact]
    public async Task Reload_DestinationsAddedAndRemoved_TakesEffect()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"), ResponderSocket.Tcp);
        const string RoundRobin = """ "LoadBalancingPolicy": "RoundRobin" """;
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address) { Cluster = RoundRobin });
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));

        Assert.Null(await proxy.ReloadAsync(new ProxyJson(a.Address, b.Address) { Cluster = RoundRobin }));
        string[] both = [await proxy.Client.GetStringAsync("/"), await proxy.Client.GetStringAsync("/")];
        Assert.Equal(["a", "b"], both.Order());

        Assert.Null(await proxy.ReloadAsync(new ProxyJson(b.Address) { Cluster = RoundRobin }));
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Reload_OnlyTheCaseOfAnAddressChanged_TakesEffect()
    {
        using var directory = new TempDirectory();
        await using var lower = ScriptedResponder.Start(_ => Reply.Text("lower"));
        await using var upper = ScriptedResponder.Start(_ => Reply.Text("upper"));
        File.CreateSymbolicLink(directory.Combine("app.sock"), lower.EndPoint.ToString()!);
        File.CreateSymbolicLink(directory.Combine("APP.sock"), upper.EndPoint.ToString()!);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson("unix:" + directory.Combine("app.sock")));
        Assert.Equal("lower", await proxy.Client.GetStringAsync("/"));

        Assert.Null(await proxy.ReloadAsync(new ProxyJson("unix:" + directory.Combine("APP.sock"))));

        Assert.Equal("upper", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Reload_TransportSwitched_TheClusterSpeaksTheOtherProtocol()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("FastCGI"));
        await using var http = await HttpDestination.StartAsync(context => context.Response.WriteAsync("HTTP"));
        var fastCgi = new ProxyJson(responder.Address).ToString();
        var plain = $$"""
            {
              "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
              "Clusters": { "app": { "Destinations": { "a": { "Address": "{{http.Address}}" } } } }
            }
            """;
        await using var proxy = await TestProxy.StartAsync(fastCgi);

        Assert.Equal("FastCGI", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(plain));
        Assert.Equal("HTTP", await proxy.Client.GetStringAsync("/"));
        Assert.Null(await proxy.ReloadAsync(fastCgi));
        Assert.Equal("FastCGI", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Reload_UnderLoad_NoRequestFails()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["X"]!));
        await using var proxy = await TestProxy.StartAsync(Json(0));
        var finished = false;
        var clients = Enumerable.Range(0, 4).Select(_ => AskUntilFinishedAsync()).ToArray();

        for (var i = 1; i <= 50; i++)
        {
            Assert.Null(await proxy.ReloadAsync(Json(i)));
            await responder.WaitForRequestAsync(responder.Requests.Count + 1);
        }

        Volatile.Write(ref finished, true);
        await Task.WhenAll(clients).WithinAsync("the clients to finish");
        Assert.Equal("50", await proxy.Client.GetStringAsync("/"));

        ProxyJson Json(int value) => new(responder.Address)
        {
            ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """,
            FastCgi = $$""" "CheckFile": "Off", "Params": { "X": "{{value}}" } """,
        };

        async Task AskUntilFinishedAsync()
        {
            while (!Volatile.Read(ref finished))
            {
                using var response = await proxy.Client.GetAsync("/");
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
        }
    }
}
