using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

public class RequestBodyTests
{
    private const string Streamed = """ "CheckFile": "Off", "RequestBuffering": false """;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_003)]
    public async Task Buffered_Chunked_HasItsTrueContentLength(int length)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        var body = Body(length);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(body) };
        message.Headers.TransferEncodingChunked = true;

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = Assert.Single(responder.Requests);
        Assert.Equal($"{length}", request["CONTENT_LENGTH"]);
        Assert.Equal(body, request.Stdin);
        Assert.Null(request["HTTP_TRANSFER_ENCODING"]);
        Assert.Null(request["HTTP_CONTENT_LENGTH"]);
        Assert.Single(request.Records, record => record.Type == WireRecordType.Stdin && record.Content.Length == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ContentLength_OneMegabyte_ArrivesUnchanged(bool buffering)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $""" "CheckFile": "Off", "RequestBuffering": "{buffering}" """ });
        var body = Body(1_000_003);

        using var response = await proxy.Client.PutAsync("/", new ByteArrayContent(body));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = Assert.Single(responder.Requests);
        Assert.Equal("1000003", request["CONTENT_LENGTH"]);
        Assert.Equal(body, request.Stdin);
    }

    [Fact]
    public async Task Streamed_BodyInPieces_ReachesTheApplicationPieceByPiece()
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
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Streamed });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        foreach (var piece in new[] { "one", "two", "three" })
        {
            await client.SendAsync($"{piece.Length:x}\r\n{piece}\r\n");
            Assert.True(await received.WaitAsync(TestTimeout.Default), $"Piece {piece} did not reach the application.");
        }

        await client.SendAsync("0\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.Contains("onetwothree", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streamed_AnswerBeforeTheBodyIsThrough_ReachesTheClientAtOnce()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\nearly;");
            await connection.ReadRemainingStdinAsync();
            await connection.SendStdoutAsync("late;");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Streamed });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbo");
        await client.ReadUntilAsync("early;");
        await client.SendAsync("dy");
        var (rest, close) = await client.ReadToEndAsync();

        Assert.Contains("late;", rest, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, close);
        Assert.Equal("body", Assert.Single(responder.Requests).StdinText);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Application_AnswersAndClosesWithoutReading_TheAnswerArrives(bool buffering)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendReplyAsync(Reply.Status(413, "Content Too Large", "refused"));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $""" "CheckFile": "Off", "RequestBuffering": "{buffering}" """ });

        using var response = await proxy.Client.PostAsync("/", new ByteArrayContent(new byte[5_000_000]));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("refused", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Buffered_SlowUpload_TakesNoConnection()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request.StdinText));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1, "QueueLimit": 0 """ });
        using var slow = await proxy.ConnectAsync();
        await slow.SendAsync("POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");

        // The gateway asks for the body, so it is at work on the request.
        Assert.StartsWith("HTTP/1.1 100 ", await slow.ReadHeadAsync(), StringComparison.Ordinal);
        await slow.SendAsync("bo");
        for (var i = 0; i < 3; i++)
        {
            using var quick = await proxy.Client.PostAsync("/quick", new StringContent("quick"));
            Assert.Equal("quick", await quick.Content.ReadAsStringAsync());
        }

        Assert.All(responder.Requests, request => Assert.Equal("/quick", request["REQUEST_URI"]));
        await slow.SendAsync("dy");
        var (text, _) = await slow.ReadToEndAsync();
        Assert.Contains("body", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Buffered_ClientGoneInsideTheBody_NothingReachesTheApplication()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
            await client.ReadHeadAsync();
            await client.SendAsync("half");
            client.Reset();
        }

        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("GET", Assert.Single(responder.Requests)["REQUEST_METHOD"]);
    }

    [Fact]
    public async Task Streamed_ClientGoneInsideTheBody_TheApplicationGetsNoEndOfIt()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            Assert.Equal(4, (await connection.ReadStdinAsync()).Length);

            // Either the connection is closed or an ABORT_REQUEST comes; a complete body must not.
            var next = await connection.ReadRecordAsync();
            Assert.NotEqual(WireRecordType.Stdin, next?.Type ?? WireRecordType.AbortRequest);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Streamed });
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf");
            await responder.WaitForRequestAsync();
            await Eventually.UntilAsync(() => responder.Requests[0].StdinLength == 4, "the first half of the body to arrive");
            client.Reset();
        }

        try
        {
            await responder.WaitForScriptAsync();
        }
        catch (PeerClosedException)
        {
            // Reset instead of closed: as good.
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    [InlineData("DELETE")]
    public async Task Body_OfAnyMethod_IsPassed(string method)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var message = new HttpRequestMessage(new HttpMethod(method), "/") { Content = new StringContent("a body", Encoding.UTF8, "text/xml") };

        using var response = await proxy.Client.SendAsync(message);

        var request = Assert.Single(responder.Requests);
        Assert.Equal(method, request["REQUEST_METHOD"]);
        Assert.Equal("6", request["CONTENT_LENGTH"]);
        Assert.Equal("text/xml; charset=utf-8", request["CONTENT_TYPE"]);
        Assert.Equal("a body", request.StdinText);
    }

    [Theory]
    [InlineData("gzip, chunked", 501)]
    [InlineData("gzip\r\nTransfer-Encoding: chunked", 501)]
    [InlineData("Chunked", 200)]
    public async Task Body_InAnotherCoding_Is501(string coding, int expected)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {coding}\r\nConnection: close\r\n\r\n4\r\nbody\r\n0\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith($"HTTP/1.1 {expected} ", text, StringComparison.Ordinal);
        Assert.Equal(expected == 200 ? 1 : 0, responder.Requests.Count);
        Assert.Equal(expected == 501, proxy.Logs.Ours.Any(entry => entry.Message.Contains("transfer coding", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Post_WithoutBodyAndLength_IsForwarded()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK", text, StringComparison.Ordinal);
        var request = Assert.Single(responder.Requests);
        Assert.Equal(0, request.StdinLength);
        Assert.Equal("0", request["CONTENT_LENGTH"]);
    }

    [Fact]
    public async Task ParallelClients_MixedBodies_NoResponseIsMixedUp()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Bytes([.. Encoding.ASCII.GetBytes(request["QUERY_STRING"]!), .. request.Stdin]));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "MaxConnections": 20 """ });

        await Task.WhenAll(Enumerable.Range(0, 200).Select(async client =>
        {
            for (var i = 0; i < 10; i++)
            {
                var id = $"{client}-{i}-";
                var body = Body(client * i * 37 % 200_000);
                using var message = new HttpRequestMessage(HttpMethod.Post, "/?" + id) { Content = new ByteArrayContent(body) };
                message.Headers.TransferEncodingChunked = i % 2 == 0;
                using var response = await proxy.Client.SendAsync(message);
                byte[] expected = [.. Encoding.ASCII.GetBytes(id), .. body];
                Assert.Equal(expected, await response.Content.ReadAsByteArrayAsync());
            }
        }));
    }

    private static byte[] Body(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        return body;
    }
}
