using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Balancing;

/// <summary>The health policy FastCgiProbe: what takes a destination out, and that being busy does not.</summary>
public class ProbeTests
{
    private const string Busy = """
        <?php
        touch($_GET['started']);
        while (!file_exists($_GET['end'])) { usleep(10000); clearstatcache(); }
        echo 'done';
        """;

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Probe_AllWorkersBusy_IsAnsweredAtTheAddressOfTheStatus()
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 1, StatusListen = true });
        await using var proxy = await TestProxy.StartAsync(Json(fpm, "00:00:10") with { Destination = $$""" "Health": "{{fpm.StatusAddress}}" """ });
        await WaitUntilHealthyAsync(proxy);

        await WhileBusyAsync(proxy, fpm, async () =>
        {
            await proxy.ProbeAsync();
            Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
            Assert.DoesNotContain(proxy.Logs.Ours, entry => entry.EventId.Name == "ProbeUndecided");
        });

        await fpm.StopAsync();
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Active);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Probe_AllWorkersBusyOnTheSameSocket_CountsNeitherWay()
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 1 });
        await using var proxy = await TestProxy.StartAsync(Json(fpm, "00:00:00.5"));
        await WaitUntilHealthyAsync(proxy);

        await WhileBusyAsync(proxy, fpm, async () =>
        {
            await proxy.ProbeAsync();
            Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
            Assert.Contains(proxy.Logs.Ours, entry => entry.EventId.Name == "ProbeUndecided" && entry.Message.Contains("pm.status_listen", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Probe_PoolSaturated_HasAConnectionOfItsOwn()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = ScriptedResponder.Start(async request =>
        {
            if (request["REQUEST_URI"] == "/slow")
            {
                await release.Task.WithinAsync("the test to let the slow request go");
            }

            return Reply.Text("pong");
        });
        await using var proxy = await TestProxy.StartAsync(Json(a.Address, "00:00:10") with { ClusterFastCgi = """ "MaxConnections": 1, "KeepAlive": true, "ProbeFailures": 1 """ });
        await WaitUntilHealthyAsync(proxy);

        var slow = proxy.Client.GetStringAsync("/slow");
        await Eventually.UntilAsync(() => a.Requests.Any(request => request["REQUEST_URI"] == "/slow"), "the slow request");
        await proxy.ProbeAsync();

        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
        Assert.DoesNotContain(proxy.Logs.Ours, entry => entry.EventId.Name == "ProbeUndecided");
        Assert.All(a.Requests.Where(request => request["REQUEST_URI"] == "/ping"), probe => Assert.False(probe.KeepConnection));
        release.SetResult();
        Assert.Equal("pong", await slow);
    }

    [Fact]
    public async Task Probe_NoAnswerWhileOthersAreAnswered_CountsNeitherWay()
    {
        var probed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isSilent = false;
        await using var a = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            if (Volatile.Read(ref isSilent) && request["REQUEST_URI"] == "/ping")
            {
                probed.TrySetResult();
                await connection.WaitForPeerCloseAsync();
                return;
            }

            await connection.SendReplyAsync(Reply.Text("pong"));
        });
        await using var proxy = await TestProxy.StartAsync(Json(a.Address, "00:00:03"));
        await WaitUntilHealthyAsync(proxy);

        Volatile.Write(ref isSilent, true);
        var round = proxy.ProbeAsync();
        await probed.Task.WithinAsync("the probe");
        Assert.Equal("pong", await proxy.Client.GetStringAsync("/"));
        await round;
        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);

        // Nothing else shows that it is alive.
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Active);
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ProbesFailed");
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Equal(
            "Destination 'a' of cluster 'app' is unhealthy: 1 health probes in a row failed (ProbeFailures). The last one: there was no answer within HealthCheck:Active:Timeout.",
            entry.Message);
    }

    [Theory]
    [InlineData("pong", 200, DestinationHealth.Healthy)]
    [InlineData("\r\npong\n", 200, DestinationHealth.Healthy)]
    [InlineData("Fatal error", 200, DestinationHealth.Unhealthy)]
    [InlineData("pong pong", 200, DestinationHealth.Unhealthy)]
    [InlineData("pong", 503, DestinationHealth.Unhealthy)]
    public async Task Probe_ExpectedBody_HasToBeThat(string body, int status, DestinationHealth expected)
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Status(status, body: body));
        await using var proxy = await TestProxy.StartAsync(Json(a.Address, "00:00:10") with { ClusterFastCgi = """ "ProbeFailures": 1, "ProbeBody": "pong" """ });

        await proxy.ProbeAsync();

        Assert.Equal(expected, proxy.Destination("a").Health.Active);
    }

    [Fact]
    public async Task Probe_EndlessBody_IsReadWithinLimits()
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Type: text/plain\r\n\r\n");
            try
            {
                while (true)
                {
                    await connection.SendStdoutAsync(new string('x', 32 * 1024));
                }
            }
            catch (PeerClosedException)
            {
                // Enough was read.
            }
        });
        await using var proxy = await TestProxy.StartAsync(Json(a.Address, "00:00:20"));

        await proxy.ProbeAsync();

        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
    }

    [Theory]
    [InlineData("Content-Type: text/plain\r\n\r\n", false, "there was no answer within HealthCheck:Active:Timeout.")]
    [InlineData("Content-Length: 100\r\n\r\npong", true, "")]
    public async Task Probe_BodyThatDoesNotEnd_IsAFailure(string answer, bool closes, string reason)
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(answer);
            if (!closes)
            {
                await connection.WaitForPeerCloseAsync();
            }
        });
        await using var proxy = await TestProxy.StartAsync(Json(a.Address, closes ? "00:00:20" : "00:00:00.3"));

        await Eventually.UntilAsync(() => proxy.Destination("a").Health.Active == DestinationHealth.Unhealthy, "the destination to be unhealthy");

        Assert.EndsWith(reason, Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ProbesFailed").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProbeFailures_Default_IsTwoInARow()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("pong"));
        await using var proxy = await TestProxy.StartAsync(Json(a.Address, "00:00:10") with { ClusterFastCgi = "" });
        await WaitUntilHealthyAsync(proxy);

        await a.StopAsync();
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
        a.Restart();
        await proxy.ProbeAsync();
        await a.StopAsync();
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Active);
        a.Restart();
        await proxy.ProbeAsync();
        Assert.Equal(DestinationHealth.Healthy, proxy.Destination("a").Health.Active);
    }

    [Fact]
    public async Task FastCgiProbe_OnAnHttpCluster_IsAnError()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => TestProxy.StartAsync("""
            {
              "Clusters": { "web": {
                "HealthCheck": { "Active": { "Enabled": true, "Policy": "FastCgiProbe" } },
                "Destinations": { "a": { "Address": "http://localhost" } }
              } }
            }
            """));

        Assert.Contains("Cluster 'web': 'HealthCheck:Active:Policy' is 'FastCgiProbe', but the cluster is not marked FastCGI", exception.ToString(), StringComparison.Ordinal);
    }

    private static ProxyJson Json(string address, string timeout) => new(address)
    {
        ClusterFastCgi = """ "ProbeFailures": 1 """,
        Cluster = $$"""
            "HealthCheck": { "Active": { "Enabled": true, "Policy": "FastCgiProbe", "Interval": "01:00:00", "Timeout": "{{timeout}}", "Path": "/ping" } }
            """,
    };

    private static ProxyJson Json(PhpFpm fpm, string timeout)
    {
        fpm.Files.Write("busy.php", Busy);
        var json = Json(fpm.Address, timeout);
        return json with
        {
            FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """,
            ClusterFastCgi = """ "MaxConnections": 1, "ProbeFailures": 1, "ProbeBody": "pong" """,
            Cluster = json.Cluster.Replace("/ping", fpm.PingPath, StringComparison.Ordinal),
        };
    }

    /// <summary>Occupies the only worker.</summary>
    private static async Task WhileBusyAsync(TestProxy proxy, PhpFpm fpm, Func<Task> action)
    {
        var started = Path.Combine(fpm.Files.Scratch, "started");
        var end = Path.Combine(fpm.Files.Scratch, "end");
        var busy = proxy.Client.GetStringAsync($"/busy.php?started={started}&end={end}");
        try
        {
            await Eventually.UntilAsync(() => File.Exists(started), "the only worker to be busy");
            await action();
        }
        finally
        {
            await File.WriteAllTextAsync(end, "");
        }

        Assert.Equal("done", await busy);
    }

    // The probes of a test have short timeouts, and a busy machine may need a second one.
    private static Task WaitUntilHealthyAsync(TestProxy proxy) => Eventually.UntilAsync(
        async () =>
        {
            await proxy.ProbeAsync();
            return proxy.Destination("a").Health.Active == DestinationHealth.Healthy;
        },
        "a health probe to find the destination healthy");
}
