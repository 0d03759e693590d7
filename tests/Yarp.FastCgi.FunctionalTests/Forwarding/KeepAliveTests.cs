using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Which request goes over a kept connection, and what happens when it turns out closed (E40, E41, E42).</summary>
public class KeepAliveTests
{
    private const string KeepAlive = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00" """;

    [Theory]
    [InlineData("HEAD", BodyKeeping.Memory, 0, ForwardingPath.Direct)]
    [InlineData("OPTIONS", BodyKeeping.Memory, 0, ForwardingPath.Direct)]
    [InlineData("GET", BodyKeeping.Memory, 0, ForwardingPath.Messages)]
    [InlineData("GET", BodyKeeping.Memory, 1000, ForwardingPath.Direct)]
    [InlineData("GET", BodyKeeping.File, 1000, ForwardingPath.Direct)]
    [InlineData("GET", BodyKeeping.Memory, 1_000_000, ForwardingPath.Messages)]
    [InlineData("GET", BodyKeeping.File, 1_000_000, ForwardingPath.Direct)]
    public async Task KeptConnectionDies_RequestThatMayBeRepeated_IsSentWholeOverANewOne(string method, BodyKeeping keeping, int bodyLength, ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Text("ok").WithHeader("X-Connection", $"{connection.Number}"));
            if (connection.Number == 1)
            {
                await connection.ReadHeadAsync();
                return;
            }

            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive, FastCgi = keeping.ToJson() }.On(path));
        var body = TestBody.Create(bodyLength);
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));

        using var response = await proxy.SendAsync(http2: false, new HttpMethod(method), content: bodyLength == 0 ? null : new ByteArrayContent(body));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("2", Assert.Single(response.Headers.GetValues("X-Connection")));
        Assert.Equal([1, 1, 2], responder.Requests.Select(request => request.ConnectionNumber));
        Assert.Equal(body, responder.Requests[2].Stdin);
        Assert.Equal(method, responder.Requests[2]["REQUEST_METHOD"]);
    }

    [Theory]
    [InlineData("half a record")]
    [InlineData("half a head")]
    [InlineData("stderr")]
    public async Task KeptConnectionDies_SomethingHasComeBefore_IsNotRepeated(string what)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Text("ok"));
            var id = (await connection.ReadRequestAsync()).Id;
            await connection.SendRawAsync(what switch
            {
                "half a record" => Wire.Stdout("X-A: 1\r\n\r\n").AsMemory(0, 3),
                "half a head" => Wire.Record(WireRecordType.Stdout, "X-A: 1\r\n", requestId: id),
                _ => Wire.Record(WireRecordType.Stderr, "dying", requestId: id),
            });
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive });
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));

        using var response = await proxy.GetAsync(http2: false);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(2, responder.Requests.Count);
    }

    [Fact]
    public async Task KeptConnectionsDie_AllOfThem_TheRequestIsRepeatedOnceOnANewOne()
    {
        var release = new SemaphoreSlim(0);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            if (connection.Number <= 3)
            {
                Assert.True(await release.WaitAsync(TestTimeout.Default), "The test did not let the request go.");
            }

            await connection.SendReplyAsync(Reply.Text($"{connection.Number}"));
            if (connection.Number <= 3)
            {
                await connection.TryReadRequestAsync();
                return;
            }

            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive });
        var first = Enumerable.Range(0, 3).Select(_ => proxy.Client.GetStringAsync("/")).ToArray();
        await responder.WaitForRequestAsync(3);
        release.Release(3);
        await Task.WhenAll(first);

        Assert.Equal("4", await proxy.Client.GetStringAsync("/"));

        Assert.Equal(5, responder.Requests.Count);
    }

    [Theory]
    [InlineData("POST", 0, ForwardingPath.Direct)]
    [InlineData("POST", 10, ForwardingPath.Direct)]
    [InlineData("POST", 10, ForwardingPath.Messages)]
    [InlineData("PUT", 10, ForwardingPath.Direct)]
    [InlineData("DELETE", 0, ForwardingPath.Direct)]
    [InlineData("PROPFIND", 0, ForwardingPath.Direct)]
    public async Task RequestThatMustNotBeRepeated_TakesANewConnectionThatIsThenKept(string method, int bodyLength, ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request.ConnectionNumber}"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive + """, "MaxConnections": 1 """ }.On(path));

        Assert.Equal("1", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("1", await proxy.Client.GetStringAsync("/"));
        using var response = await proxy.SendAsync(http2: false, new HttpMethod(method), content: bodyLength == 0 ? null : new ByteArrayContent(new byte[bodyLength]));

        Assert.Equal("2", await response.Content.ReadAsStringAsync());
        await responder.WaitForConnectionClosedAsync();
        Assert.Equal("2", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task StreamedBody_CannotBeRepeated_TakesANewConnection()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request.ConnectionNumber} {request.StdinText}"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive, FastCgi = BodyKeeping.Streamed.ToJson() });

        Assert.Equal("1 ", await proxy.Client.GetStringAsync("/"));
        using var response = await proxy.SendAsync(http2: false, HttpMethod.Get, content: new StringContent("a body"));

        Assert.Equal("2 a body", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task KeptConnections_Several_TheOneUsedLastIsUsedNext(ForwardingPath path)
    {
        var releases = new TaskCompletionSource[] { new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using var responder = ScriptedResponder.Start(async request =>
        {
            if (request["QUERY_STRING"] is { Length: > 0 } number)
            {
                await releases[number[0] - '0'].Task.WithinAsync("the test to let the request go");
            }

            return Reply.Text($"{request.ConnectionNumber}");
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive }.On(path));
        var answers = new Task<string>[3];
        for (var i = 0; i < 3; i++)
        {
            answers[i] = proxy.Client.GetStringAsync($"/?{i}");
            await responder.WaitForRequestAsync(i + 1);
        }

        foreach (var i in new[] { 2, 0, 1 })
        {
            releases[i].SetResult();
            await answers[i];
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(await answers[1], await proxy.Client.GetStringAsync("/"));
        }

        Assert.Equal(3, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MaxConnections_MoreRequestsThanThat_OpenNoMore(bool keepAlive)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async request =>
        {
            await release.Task.WithinAsync("the test to let the requests go");
            return Reply.Text(request["QUERY_STRING"]!);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = $""" "KeepAlive": {(keepAlive ? "true" : "false")}, "MaxConnectionLifetime": "01:00:00", "MaxConnections": 4 """ });

        var answers = Enumerable.Range(0, 50).Select(i => proxy.Client.GetStringAsync($"/?{i}")).ToArray();
        await responder.WaitForRequestAsync(4);
        await Eventually.UntilAsync(() => proxy.Destination("a").ConcurrentRequestCount == 50, "all requests in the proxy");
        var opened = responder.AcceptedConnections;
        release.SetResult();

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), await Task.WhenAll(answers));
        Assert.Equal(4, opened);
        Assert.Equal(keepAlive ? 4 : 50, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.Tcp)]
    public async Task Application_ClosesBehindEachResponseThoughItMayKeepTheConnection_NoRequestFails(ResponderSocket kind)
    {
        await using var responder = ScriptedResponder.Start(
            async connection =>
            {
                var request = await connection.ReadRequestAsync();
                await connection.SendReplyAsync(Reply.Text(request["QUERY_STRING"]!));
            },
            kind);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive + """, "MaxConnections": 2 """ });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async client =>
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal($"{client}-{i}", await proxy.Client.GetStringAsync($"/?{client}-{i}"));
            }
        }));
    }

    [Fact]
    public async Task Application_SpeaksOnAKeptConnectionUnasked_ItIsNotUsedAgain()
    {
        var spoken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var speak = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Text($"{connection.Number}"));
            if (connection.Number == 1)
            {
                await speak.Task.WithinAsync("the test to have the first answer");
                await connection.SendRawAsync(Wire.Join(Wire.Stdout("\r\nof another request"), Wire.EndRequest()));
                spoken.SetResult();
            }

            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive });

        Assert.Equal("1", await proxy.Client.GetStringAsync("/"));
        speak.SetResult();
        await spoken.Task.WithinAsync("the application to speak unasked");

        Assert.Equal("2", await proxy.Client.GetStringAsync("/"));
    }
}
