using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Telemetry;

public class MetricsTests
{
    private const string Duration = "fastcgi.client.request.duration";
    private const string Head = "fastcgi.client.response_head.duration";
    private const string Queue = "fastcgi.client.queue.duration";
    private const string Active = "fastcgi.client.active_requests";
    private const string Open = "fastcgi.client.open_connections";

    [Fact]
    public async Task Request_Answered_IsMeasured()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("hello"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var metrics = new RecordedMetrics(proxy);

        Assert.Equal("hello", await proxy.Client.GetStringAsync("/"));

        var destination = DestinationOf(responder);
        Assert.Equal($"fastcgi.cluster.id=app http.request.method=GET http.response.status_code=200 {AddressOf(responder)}", Assert.Single(await metrics.WaitAsync(Duration)).Tags);
        Assert.Equal(destination, Assert.Single(await metrics.WaitAsync(Head)).Tags);
        Assert.Empty(metrics.Of(Queue));
        Assert.Equal([(1d, destination), (-1d, destination)], metrics.Of(Active).Select(measured => (measured.Value, measured.Tags)));
        var request = Assert.Single(responder.Requests);
        Assert.Equal(request.Records.Sum(record => 8 + record.Content.Length + record.PaddingLength), Assert.Single(metrics.Of("fastcgi.client.sent")).Value);
        Assert.InRange(Assert.Single(metrics.Of("fastcgi.client.received")).Value, "hello".Length, 1000);
        Assert.InRange(Assert.Single(metrics.Of(Duration)).Value, Assert.Single(metrics.Of(Head)).Value, double.MaxValue);
    }

    [Fact]
    public async Task Requests_OnOneConnection_EachCountTheirOwnBytes()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("hello"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "KeepAlive": true """ });
        using var metrics = new RecordedMetrics(proxy);

        await proxy.Client.GetStringAsync("/");
        await metrics.WaitAsync(Duration);
        await proxy.Client.GetStringAsync("/");
        await metrics.WaitAsync(Duration, 2);

        Assert.Equal(1, responder.AcceptedConnections);
        Assert.Equal(
            responder.Requests.Select(request => (double)request.Records.Sum(record => 8 + record.Content.Length + record.PaddingLength)),
            metrics.Of("fastcgi.client.sent").Select(measured => measured.Value));
    }

    [Fact]
    public async Task Attempts_ThatFail_HaveTheirErrorType()
    {
        var down = await ScriptedResponder.UnusedAddressAsync();
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(404));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(down, responder.Address) { Cluster = """ "LoadBalancingPolicy": "FirstAlphabetical" """ });
        using var metrics = new RecordedMetrics(proxy);

        using var response = await proxy.Client.GetAsync("/");

        var attempts = await metrics.WaitAsync(Duration, 2);
        Assert.Equal($"error.type=connect_failed fastcgi.cluster.id=app http.request.method=GET server.address={down["unix:".Length..]}", attempts[0].Tags);
        Assert.Equal($"error.type=404 fastcgi.cluster.id=app http.request.method=GET http.response.status_code=404 {AddressOf(responder)}", attempts[1].Tags);
        var retry = Assert.Single(metrics.Of("fastcgi.client.retries"));
        Assert.Equal($"fastcgi.cluster.id=app fastcgi.retry.cause=connect-failure server.address={down["unix:".Length..]}", retry.Tags);
    }

    [Fact]
    public async Task Queue_IsMeasuredForThoseThatWait()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the requests go");
            return Reply.Empty;
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1, "QueueTimeout": "00:00:00.2", "KeepAlive": true """ });
        using var metrics = new RecordedMetrics(proxy);
        var destination = DestinationOf(responder);

        var first = proxy.Client.GetAsync("/first");
        await responder.WaitForRequestAsync();
        var second = proxy.Client.GetAsync("/second");
        await Eventually.UntilAsync(() => proxy.Pool(responder.Address).WaitingCount == 1, "the second request to wait");
        Assert.Equal(1, metrics.Observe("fastcgi.client.queued_requests")[destination]);
        Assert.Equal(1, metrics.Observe("fastcgi.client.connection.limit")[destination]);
        Assert.Equal(1, metrics.Observe(Open)[WithState(responder, "active")]);
        Assert.Equal(0, metrics.Observe(Open)[WithState(responder, "idle")]);
        using var refused = await second;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("error.type=queue_timeout " + destination, Assert.Single(await metrics.WaitAsync(Queue)).Tags);

        var third = proxy.Client.GetAsync("/third");
        await Eventually.UntilAsync(() => proxy.Pool(responder.Address).WaitingCount == 1, "the third request to wait");
        release.SetResult();
        using var firstResponse = await first;
        using var thirdResponse = await third;

        Assert.Equal(destination, (await metrics.WaitAsync(Queue, 2))[1].Tags);
    }

    [Fact]
    public async Task Connection_Closed_TellsHowLongItWasOpen()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var metrics = new RecordedMetrics(proxy);

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(DestinationOf(responder), Assert.Single(await metrics.WaitAsync("fastcgi.client.connection.duration")).Tags);
    }

    [Fact]
    public async Task Connection_Multiplexed_IsCountedAndMeasured()
    {
        await using var responder = ScriptedResponder.StartMultiplexing(exchange => exchange.SendReplyAsync(Reply.Text("hello")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "Multiplexing": true, "KeepAlive": true, "IdleTimeout": "00:00:01" """ });
        using var metrics = new RecordedMetrics(proxy);

        Assert.Equal("hello", await proxy.Client.GetStringAsync("/"));

        await metrics.WaitAsync(Duration);
        Assert.InRange(Assert.Single(metrics.Of("fastcgi.client.received")).Value, "hello".Length, 1000);
        Assert.Equal(DestinationOf(responder), (await metrics.WaitAsync("fastcgi.client.connection.duration"))[0].Tags);
    }

    [Fact]
    public async Task Stderr_CountsItsBytes()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStderrAsync("0123456789\n");
            await connection.SendReplyAsync(Reply.Empty);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var metrics = new RecordedMetrics(proxy);

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(11, Assert.Single(await metrics.WaitAsync("fastcgi.client.stderr")).Value);
    }

    [Fact]
    public async Task Probes_AreNotMeasuredAsRequests()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            Cluster = """ "HealthCheck": { "Active": { "Enabled": true, "Policy": "ConsecutiveFailures", "Interval": "01:00:00", "Timeout": "00:00:10", "Path": "/health" } } """,
        });
        await responder.WaitForRequestAsync();
        using var metrics = new RecordedMetrics(proxy);

        await proxy.ProbeAsync();

        Assert.True(responder.Requests.Count >= 2);
        Assert.Empty(metrics.Of(Duration));
        Assert.Empty(metrics.Of(Active));
    }

    [Fact]
    public async Task Listener_ThatFails_LosesNoConnection()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("hello"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1, "QueueLimit": 1 """ });
        using (var metrics = new RecordedMetrics(proxy) { Fails = true })
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            await client.ReadToEndAsync();
        }

        Assert.Equal("hello", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Reload_OtherConnectionSettings_LeavesOneSeriesADestination()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 3 """ });
        using var metrics = new RecordedMetrics(proxy);
        using var before = await proxy.Client.GetAsync("/");

        Assert.Null(await proxy.ReloadAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 4 """ }));
        using var after = await proxy.Client.GetAsync("/");

        Assert.Equal(4, Assert.Single(metrics.Observe("fastcgi.client.connection.limit")).Value);
    }

    /// <summary>Whatever clients and applications send, no series is made by it: what names one is in the configuration, or a word of ours.</summary>
    [Fact]
    public async Task Cardinality_WhateverIsSent_StaysThatOfTheConfiguration()
    {
        const string Marker = "zzmarker";
        string[] methods = ["GET", "POST", "PUT", Marker.ToUpperInvariant() + "A", Marker.ToUpperInvariant() + "B", "PROPFIND"];
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            await connection.SendStderrAsync($"{Marker}{request["QUERY_STRING"]}\n");
            await connection.SendReplyAsync(Reply.Status(request["QUERY_STRING"]!.Length % 2 == 0 ? 200 : 500).WithHeader("X-" + Marker, Marker));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var metrics = new RecordedMetrics(proxy);

        for (var i = 0; i < 200; i++)
        {
            using var message = new HttpRequestMessage(new HttpMethod(methods[i % methods.Length]), $"/{Marker}{i}/index.php?{new string('q', i / 6 % 10)}");
            message.Headers.Host = $"{Marker}{i}.example";
            message.Headers.TryAddWithoutValidation("User-Agent", $"{Marker}{i}");
            message.Headers.TryAddWithoutValidation("X-" + Marker + i, Marker);
            using var response = await proxy.Client.SendAsync(message);
        }

        await metrics.WaitAsync(Duration, 200);
        metrics.Observe(Open);
        var series = metrics.All.Select(measured => $"{measured.Instrument} {measured.Tags}").Distinct().ToArray();
        Assert.All(series, name => Assert.DoesNotContain(Marker, name, StringComparison.OrdinalIgnoreCase));

        // Four methods (the others are one) and two statuses; one each for all other instruments, two for the states of connections.
        Assert.Equal(4 * 2, series.Count(name => name.StartsWith(Duration + " ", StringComparison.Ordinal)));
        Assert.InRange(series.Count(name => !name.StartsWith(Duration + " ", StringComparison.Ordinal)), 5, 11);
    }

    private static string AddressOf(ScriptedResponder responder) => $"server.address={responder.Address["unix:".Length..]}";

    private static string DestinationOf(ScriptedResponder responder) => $"fastcgi.cluster.id=app {AddressOf(responder)}";

    private static string WithState(ScriptedResponder responder, string state) => $"fastcgi.cluster.id=app fastcgi.connection.state={state} {AddressOf(responder)}";
}
