using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>How soon output reaches the client, and how much of it waits on the way.</summary>
public class ResponseStreamingTests
{
    [Theory]
    [InlineData(ForwardingPath.Direct, false, "")]
    [InlineData(ForwardingPath.Direct, true, "")]
    [InlineData(ForwardingPath.Messages, false, "")]
    [InlineData(ForwardingPath.Messages, true, "")]
    [InlineData(ForwardingPath.Direct, false, "Content-Length: 40\r\n")]
    [InlineData(ForwardingPath.Messages, true, "Content-Length: 40\r\n")]
    public async Task Output_WithPauses_ReachesTheClientPieceByPiece(ForwardingPath path, bool http2, string length)
    {
        var seen = new SemaphoreSlim(0);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(length + "X-A: 1\r\n\r\n");
            Assert.True(await seen.WaitAsync(TestTimeout.Default), "The head did not reach the client.");
            for (var i = 0; i < 5; i++)
            {
                await connection.SendStdoutAsync($"event {i}\n");
                Assert.True(await seen.WaitAsync(TestTimeout.Default), $"Event {i} did not reach the client.");
            }

            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.GetAsync(http2);
        seen.Release();
        var body = await response.Content.ReadAsStreamAsync();
        var piece = new byte[8];
        for (var i = 0; i < 5; i++)
        {
            await body.ReadExactlyAsync(piece).AsTask().WithinAsync($"event {i} at the client");
            Assert.Equal($"event {i}\n", Encoding.ASCII.GetString(piece));
            seen.Release();
        }

        Assert.Equal(0, await body.ReadAsync(piece));
        await responder.WaitForScriptAsync();
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Messages, true)]
    public async Task ContentLength_Met_TheClientIsDoneAlthoughTheApplicationWorksOn(ForwardingPath path, bool http2)
    {
        var clientIsDone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Length: 4\r\n\r\nbody");
            await clientIsDone.Task.WithinAsync("the client to have the whole response");
            await connection.SendStderrAsync("still at work");
            await connection.EndRequestAsync();
            Assert.Equal(PeerClose.Graceful, await connection.WaitForPeerCloseAsync());
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using (var response = await proxy.GetAsync(http2))
        {
            Assert.Equal("body", await response.Content.ReadAsStringAsync().WithinAsync("the end of the response"));
        }

        clientIsDone.SetResult();
        await responder.WaitForScriptAsync();
        await proxy.Logs.WaitForAsync(entry => entry.Message.Contains("still at work", StringComparison.Ordinal), "what the application said behind its response");
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Messages, false)]
    [InlineData(ForwardingPath.Messages, true)]
    public async Task Output_Of20Megabytes_ArrivesUnchanged(ForwardingPath path, bool http2)
    {
        var body = TestBody.Create(20_000_000);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Type: application/octet-stream\r\n\r\n");

            // In records of every kind of size, with and without padding.
            var sizes = new Random(7);
            for (var sent = 0; sent < body.Length;)
            {
                var size = Math.Min(body.Length - sent, sizes.Next(3) == 0 ? sizes.Next(1, 300) : sizes.Next(1, 65_536));
                await connection.SendStdoutAsync(body.AsMemory(sent, size), padding: (byte)sizes.Next(256));
                sent += size;
            }

            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.GetAsync(http2);
        var hash = await SHA256.HashDataAsync(await response.Content.ReadAsStreamAsync());

        Assert.Equal(TestBody.Hash(body), Convert.ToHexString(hash));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Client_ReadsNothing_TheApplicationIsHeldBackUntilActivityTimeout(ForwardingPath path)
    {
        const int Much = 200_000_000;
        var errors = new ReportedErrors();
        var sent = 0;
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\n");
            var piece = new byte[50_000];
            while (sent < Much)
            {
                await connection.SendStdoutAsync(piece);
                sent += piece.Length;
            }
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:01" } """ }.On(path).ToString(),
            Pipeline = errors.Listen,
            Kestrel = WithoutMinimumRate,
        });
        using var client = await ConnectSlowClientAsync(proxy);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadUntilAsync("X-A: 1\r\n");
        await responder.WaitForConnectionClosedAsync();

        // What the sockets of this machine hold, several megabytes, and no more.
        Assert.InRange(sent, 1, 20_000_000);
        Assert.Equal(ForwarderError.ResponseBodyDestination, await errors.WaitForAsync());
        Assert.Contains("ActivityTimeout", Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ResponseCutShort").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Client_ReadsLate_GetsAllOfIt(ForwardingPath path)
    {
        var body = TestBody.Create(20_000_000);
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync($"Content-Length: {body.Length}\r\n\r\n");
            await connection.SendStdoutAsync(body.AsMemory(0, 100_000));
            sent.SetResult();
            await connection.SendStdoutAsync(body.AsMemory(100_000));
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).On(path).ToString(),
            Kestrel = WithoutMinimumRate,
        });
        using var client = await ConnectSlowClientAsync(proxy);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await sent.Task.WithinAsync("the application to have sent a part");
        await client.ReadUntilAsync("\r\n\r\n");
        var received = await client.ReadExactlyAsync(body.Length);

        Assert.Equal(TestBody.Hash(body), TestBody.Hash(received));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http10_Client_GetsTheBodyUpToTheEndOfTheConnection(ForwardingPath path)
    {
        var clientHasHead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\n");
            await clientHasHead.Task.WithinAsync("the client to have the head");
            await connection.SendStdoutAsync("body");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n");
        var head = await client.ReadHeadAsync();
        clientHasHead.SetResult();
        var (body, close) = await client.ReadToEndAsync();

        Assert.DoesNotContain("Transfer-Encoding", head, StringComparison.Ordinal);
        Assert.Equal("body", body);
        Assert.Equal(PeerClose.Graceful, close);
        Assert.Equal("HTTP/1.0", Assert.Single(responder.Requests)["SERVER_PROTOCOL"]);
    }

    private static void WithoutMinimumRate(KestrelServerOptions kestrel) => kestrel.Limits.MinResponseDataRate = null;

    private static async Task<TestSocket> ConnectSlowClientAsync(TestProxy proxy)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(proxy.EndPoint);
        return new TestSocket(socket);
    }
}
