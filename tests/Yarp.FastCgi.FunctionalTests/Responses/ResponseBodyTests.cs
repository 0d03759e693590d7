using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public class ResponseBodyTests
{
    [Fact]
    public async Task Length_MoreBytesThanAnnounced_AreCut()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout("Content-Length: 4\r\n\r\nbody and more"), Wire.Stdout("and more"), Wire.EndRequest()));

        Assert.Equal(200, exchange.Status);
        Assert.Equal("body", exchange.Body);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Fact]
    public async Task Length_FewerBytesThanAnnounced_AbortsTheClient()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout("Content-Length: 100\r\n\r\nshort"), Wire.EndRequest()));

        Assert.Equal(PeerClose.Reset, exchange.Close);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Content-Length: 10\r\n")]
    public async Task Connection_LostInsideTheBody_AbortsTheClient(string header)
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(header + "X-A: 1\r\n\r\npart");
        });

        AssertAborted(exchange);
    }

    [Fact]
    public async Task Connection_ResetInsideTheBody_AbortsTheClient()
    {
        var exchange = await Exchange.RunAsync(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendStdoutAsync("X-A: 1\r\n\r\npart");
                connection.Reset();
            },
            socket: ResponderSocket.Tcp);

        // The head may or may not have made it; a clean end must not be claimed.
        Assert.True(exchange.Status == 502 || exchange.Close == PeerClose.Reset, exchange.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_LostBeforeTheHead_Is502(bool someBytes)
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            if (someBytes)
            {
                await connection.SendStdoutAsync("X-A: 1\r\n");
            }
        });

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
    }

    [Fact]
    public async Task Connection_ClosedBehindTheEndOfStdout_IsComplete()
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\nbody");
            await connection.EndStdoutAsync();
        });

        Assert.Equal(200, exchange.Status);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
        Assert.Contains("body", exchange.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_OfEverySizeAndPadding_ArePutTogether()
    {
        var expected = new StringBuilder();
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\n", padding: 255);
            for (var i = 0; i < 256; i++)
            {
                var piece = $"<{new string((char)('a' + (i % 26)), i == 128 ? 65533 : i)}>";
                expected.Append(piece);
                await connection.SendStdoutAsync(piece, padding: (byte)(i == 128 ? 255 : i));
                await connection.SendRecordAsync((WireRecordType)(12 + (i % 200)), new byte[i], padding: (byte)i);
            }

            await connection.EndRequestAsync(padding: 255);
            await connection.WaitForPeerCloseAsync();
        });

        Assert.Equal(expected.ToString(), Dechunk(exchange.Body));
    }

    [Fact]
    public async Task Stdout_BehindItsEnd_IsIgnored()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout("X-A: 1\r\n\r\nbody"), Wire.Stdout(""), Wire.Stdout("late"), Wire.EndRequest()));

        Assert.Equal(200, exchange.Status);
        Assert.DoesNotContain("late", exchange.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HEAD", "", "HTTP/1.1 200 OK")]
    [InlineData("HEAD", "Content-Length: 4\r\n", "HTTP/1.1 200 OK")]
    [InlineData("HEAD", "Content-Length: 1000\r\n", "HTTP/1.1 200 OK")]
    [InlineData("GET", "Status: 204\r\n", "HTTP/1.1 204 No Content")]
    [InlineData("GET", "Status: 204\r\nContent-Length: 4\r\n", "HTTP/1.1 204 No Content")]
    [InlineData("GET", "Status: 304\r\n", "HTTP/1.1 304 Not Modified")]
    [InlineData("GET", "Status: 304\r\nContent-Length: 1000\r\n", "HTTP/1.1 304 Not Modified")]
    public async Task Bodyless_ApplicationSendsABody_IsDropped(string method, string head, string expected)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(head + "X-A: 1\r\n\r\nbody"), Wire.EndRequest()), method);

        Assert.Equal(expected, exchange.StatusLine);
        Assert.Equal("", exchange.Body);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Fact]
    public async Task Head_LengthWithoutBody_IsKept()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout("Content-Length: 1000\r\n\r\n"), Wire.EndRequest()), "HEAD");

        Assert.Contains("\r\nContent-Length: 1000", exchange.Head, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Fact]
    public async Task Output_WithPauses_ReachesTheClientAtOnce()
    {
        var seen = new SemaphoreSlim(0);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\n");
            Assert.True(await seen.WaitAsync(TestTimeout.Default), "The head did not reach the client.");
            for (var i = 0; i < 5; i++)
            {
                await connection.SendStdoutAsync($"event {i}");
                Assert.True(await seen.WaitAsync(TestTimeout.Default), $"Event {i} did not reach the client.");
            }

            await connection.EndRequestAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Contains("X-A: 1", await client.ReadHeadAsync(), StringComparison.Ordinal);
        seen.Release();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"event {i}", Encoding.ASCII.GetString(await client.ReadChunkAsync()));
            seen.Release();
        }

        Assert.Empty(await client.ReadChunkAsync());
        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task Client_GoneWhileTheApplicationIsSilent_TheConnectionIsClosed()
    {
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

        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task Client_GoneInsideTheBody_TheConnectionIsClosed()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\npart");
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await client.ReadHeadAsync();
        }

        await responder.WaitForScriptAsync();
    }

    private static void AssertAborted(Exchange exchange)
    {
        Assert.Equal(PeerClose.Reset, exchange.Close);
        Assert.DoesNotContain("\r\n0\r\n\r\n", exchange.Text, StringComparison.Ordinal);
    }

    private static string Dechunk(string body)
    {
        var result = new StringBuilder();
        while (true)
        {
            var lineEnd = body.IndexOf("\r\n", StringComparison.Ordinal);
            var size = Convert.ToInt32(body[..lineEnd], fromBase: 16);
            if (size == 0)
            {
                return result.ToString();
            }

            result.Append(body, lineEnd + 2, size);
            body = body[(lineEnd + 2 + size + 2)..];
        }
    }
}
