using System.Diagnostics;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Telemetry;

/// <summary>What the span of an attempt tells of it.</summary>
[Collection(nameof(Tracing))]
public class AttemptSpanTests
{
    private const string Probes = """
        "HealthCheck": { "Active": { "Enabled": true, "Policy": "ConsecutiveFailures", "Interval": "01:00:00", "Timeout": "00:00:10", "Path": "/health" } }
        """;

    [Fact]
    public async Task Attributes_OfARequest_SayWhereItWent()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty, ResponderSocket.Tcp);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "Off", "DocumentRoot": "/srv", "ScriptFile": "/srv/app.php" """ });

        using var response = await proxy.Client.GetAsync("/page");

        var span = Assert.Single(await spans.WaitAsync());
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal("GET", span.DisplayName);
        var endpoint = (System.Net.IPEndPoint)responder.EndPoint;
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["http.request.method"] = "GET",
                ["http.response.status_code"] = 200,
                ["network.protocol.name"] = "fastcgi",
                ["network.transport"] = "tcp",
                ["server.address"] = "127.0.0.1",
                ["server.port"] = endpoint.Port,
                ["fastcgi.role"] = "responder",
                ["fastcgi.script_name"] = span.GetTagItem("fastcgi.script_name"),
                ["fastcgi.route.id"] = "site",
                ["fastcgi.cluster.id"] = "app",
                ["fastcgi.destination.id"] = "a",
                ["fastcgi.connection.reused"] = false,
            },
            span.TagObjects.ToDictionary());
        Assert.Equal(["fastcgi.connected", "fastcgi.head_received"], span.Events.Select(entry => entry.Name));
    }

    [Fact]
    public async Task MethodOfNoStandard_IsOther()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        using var message = new HttpRequestMessage(new HttpMethod("PROPFIND"), "/");
        using var response = await proxy.Client.SendAsync(message);

        var span = Assert.Single(await spans.WaitAsync());
        Assert.Equal("HTTP", span.DisplayName);
        Assert.Equal("_OTHER", span.GetTagItem("http.request.method"));
        Assert.Equal("PROPFIND", span.GetTagItem("http.request.method_original"));
    }

    [Fact]
    public async Task Queued_BehindAnotherRequest_IsAnEvent()
    {
        using var spans = new RecordedSpans();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the request go");
            return Reply.Empty;
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1 """ });

        var first = proxy.Client.GetAsync("/first");
        await responder.WaitForRequestAsync();
        var second = proxy.Client.GetAsync("/second");
        await Eventually.UntilAsync(() => proxy.Pool(responder.Address).WaitingCount == 1, "the second request to wait");
        release.SetResult();
        using var firstResponse = await first;
        using var secondResponse = await second;

        var events = (await spans.WaitAsync(2)).Select(span => span.Events.Select(entry => entry.Name).ToArray()).ToArray();
        Assert.Equal(["fastcgi.connected", "fastcgi.head_received"], events[0]);
        Assert.Equal(["fastcgi.queued", "fastcgi.connected", "fastcgi.head_received"], events[1]);
    }

    [Fact]
    public async Task Stderr_Lines_AreEventsUpToALimit()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStderrAsync(string.Concat(Enumerable.Range(0, 20).Select(line => $"line {line}\n")));
            await connection.SendReplyAsync(Reply.Empty);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        using var response = await proxy.Client.GetAsync("/");

        var span = Assert.Single(await spans.WaitAsync());
        var lines = span.Events.Where(entry => entry.Name == "fastcgi.stderr").Select(entry => entry.Tags.Single().Value);
        Assert.Equal(Enumerable.Range(0, 8).Select(line => $"line {line}"), lines);
    }

    [Fact]
    public async Task Client_GoesAway_IsAnEventOfTheCanceledAttempt()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await responder.WaitForRequestAsync();
        }

        var span = Assert.Single(await spans.WaitAsync());
        Assert.Contains("fastcgi.client_gone", span.Events.Select(entry => entry.Name));
        Assert.Equal("canceled", span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task Retry_IsAnEventOfTheAttemptBefore()
    {
        using var spans = new RecordedSpans();
        await using var b = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(
            new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), b.Address) { Cluster = """ "LoadBalancingPolicy": "FirstAlphabetical" """ });

        using var response = await proxy.Client.GetAsync("/");

        var attempts = await spans.WaitAsync(2);
        var retry = Assert.Single(attempts[0].Events, entry => entry.Name == "fastcgi.retry");
        Assert.Equal("connect-failure", retry.Tags.Single().Value);
        Assert.DoesNotContain(attempts[1].Events, entry => entry.Name == "fastcgi.retry");
        Assert.Equal("b", attempts[1].GetTagItem("fastcgi.destination.id"));
    }

    [Fact]
    public async Task AppStatus_NotZero_IsAnAttribute()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Status: 200 OK\r\n\r\nbody");
            await connection.EndStdoutAsync();
            await connection.EndRequestAsync(appStatus: 7);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        Assert.Equal("body", await proxy.Client.GetStringAsync("/"));

        Assert.Equal(7L, Assert.Single(await spans.WaitAsync()).GetTagItem("fastcgi.app_status"));
    }

    [Fact]
    public async Task Probes_AreTracedOnlyInsideATraceOfYarps()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { Cluster = Probes });
        await responder.WaitForRequestAsync();

        await proxy.ProbeAsync();
        Assert.Empty(spans.Ended);

        using var asked = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Yarp.ReverseProxy",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(asked);
        await proxy.ProbeAsync();

        var span = Assert.Single(await spans.WaitAsync());
        Assert.Equal(200, span.GetTagItem("http.response.status_code"));
        Assert.Equal(span.Id, responder.Requests[^1]["HTTP_TRACEPARENT"]);
    }
}
