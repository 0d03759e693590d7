using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Bodies that go to the application while the client still sends them (RequestBuffering: false).</summary>
public class RequestStreamingTests
{
    private const string Streamed = """ "CheckFile": "Off", "RequestBuffering": false """;

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http2Body_InPieces_ReachesTheApplicationPieceByPiece(ForwardingPath path)
    {
        var received = new SemaphoreSlim(0);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            while (await connection.ReadStdinAsync() is { IsEmpty: false })
            {
                received.Release();
            }

            await connection.SendReplyAsync(Reply.Text(request.StdinText));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Streamed }.On(path));

        var content = new GatedContent(async stream =>
        {
            foreach (var piece in new[] { "one", "two", "three" })
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(piece));
                await stream.FlushAsync();
                Assert.True(await received.WaitAsync(TestTimeout.Default), $"Piece {piece} did not reach the application.");
            }
        });
        using var response = await proxy.SendAsync(http2: true, HttpMethod.Post, content: content);

        Assert.Equal("onetwothree", await response.Content.ReadAsStringAsync());
        Assert.Null(Assert.Single(responder.Requests)["CONTENT_LENGTH"]);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "Content-Length: 10", "half")]
    [InlineData(ForwardingPath.Direct, "Transfer-Encoding: chunked", "4\r\nhalf\r\n")]
    [InlineData(ForwardingPath.Direct, "Transfer-Encoding: chunked", "9\r\nhalf")]
    [InlineData(ForwardingPath.Messages, "Content-Length: 10", "half")]
    public async Task Client_EndsItsSideInsideTheBody_TheApplicationGetsNoEndOfIt(ForwardingPath path, string framing, string part)
    {
        var errors = new ReportedErrors();
        await using var responder = ResponderOfAHalf();
        await using var proxy = await StartAsync(responder, errors, path);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n{part}");
        await responder.WaitForRequestAsync();
        await Eventually.UntilAsync(() => responder.Requests[0].StdinLength == 4, "the first half of the body to arrive");
        client.ShutdownSend();

        await WaitForEndOfScriptAsync(responder);
        Assert.Contains(await errors.WaitForAsync(), new ForwarderError?[] { ForwarderError.RequestCanceled, ForwarderError.RequestBodyClient });
        Assert.False(responder.Requests[0].IsComplete);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http2Client_ResetsTheStreamInsideTheBody_TheApplicationGetsNoEndOfIt(ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var responder = ResponderOfAHalf();
        await using var proxy = await StartAsync(responder, errors, path);
        using var reset = new CancellationTokenSource();

        var content = new GatedContent(async stream =>
        {
            await stream.WriteAsync("half"u8.ToArray());
            await stream.FlushAsync();
            await responder.WaitForRequestAsync();
            await Eventually.UntilAsync(() => responder.Requests[0].StdinLength == 4, "the first half of the body to arrive");
            await reset.CancelAsync();
            reset.Token.ThrowIfCancellationRequested();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => proxy.SendAsync(http2: true, HttpMethod.Post, content: content, cancellationToken: reset.Token));

        await WaitForEndOfScriptAsync(responder);
        Assert.Equal(ForwarderError.RequestCanceled, await errors.WaitForAsync());
        Assert.False(responder.Requests[0].IsComplete);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Application_AnswersBeforeTheBodyIsThrough_TheClientsConnectionStaysInStep(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendReplyAsync(Reply.Text("answer to " + request["REQUEST_METHOD"]).WithHeader("Content-Length", request["REQUEST_METHOD"] == "GET" ? "13" : "14"));
            await ReadUntilClosedAsync(connection);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Streamed }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nfirst");
        await client.ReadUntilAsync("answer to POST");
        await client.SendAsync("later" + "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var second = await client.ReadUntilAsync("answer to GET");

        Assert.StartsWith("HTTP/1.1 200 ", second, StringComparison.Ordinal);
        Assert.Equal(["POST", "GET"], responder.Requests.Select(request => request["REQUEST_METHOD"]));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Client_StopsSendingForActivityTimeout_IsAnsweredAndTheApplicationGetsNoEndOfTheBody(ForwardingPath path)
    {
        await using var responder = ResponderOfAHalf();
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = Streamed,
            Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:00.5" } """,
        }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 504 ", head, StringComparison.Ordinal);
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("ActivityTimeout", StringComparison.Ordinal));
        await WaitForEndOfScriptAsync(responder);
    }

    [Fact]
    public async Task Http2Body_EmptyOfUnknownLength_IsEnded()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request.StdinLength}"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Streamed });

        using var response = await proxy.SendAsync(http2: true, HttpMethod.Post, content: new GatedContent(_ => Task.CompletedTask));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("0", await response.Content.ReadAsStringAsync());
    }

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, ReportedErrors errors, ForwardingPath path) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(responder.Address) { FastCgi = Streamed }.On(path).ToString(),
        Pipeline = errors.Listen,
    });

    private static ScriptedResponder ResponderOfAHalf() => ScriptedResponder.Start(async connection =>
    {
        await connection.ReadHeadAsync();
        Assert.Equal(4, (await connection.ReadStdinAsync()).Length);

        // Either the connection is closed or an ABORT_REQUEST comes; more of the body must not.
        var next = await connection.ReadRecordAsync();
        Assert.NotEqual(WireRecordType.Stdin, next?.Type ?? WireRecordType.AbortRequest);
    });

    private static async Task ReadUntilClosedAsync(ScriptedConnection connection)
    {
        while (await connection.ReadRecordAsync() is not null)
        {
        }
    }

    private static async Task WaitForEndOfScriptAsync(ScriptedResponder responder)
    {
        try
        {
            await responder.WaitForScriptAsync();
        }
        catch (PeerClosedException)
        {
            // Reset instead of closed: as good.
        }
    }
}
