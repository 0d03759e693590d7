using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Transforms;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public class TransferEncodingTests
{
    private const string Chunked = "Transfer-Encoding: chunked\r\n";

    [Theory]
    [InlineData(ForwardingPath.Direct, "")]
    [InlineData(ForwardingPath.Direct, "Content-Length: 3\r\n")]
    [InlineData(ForwardingPath.Messages, "")]
    [InlineData(ForwardingPath.Messages, "Content-Length: 3\r\n")]
    public async Task Chunked_WholeBody_IsDecodedAndAnyLengthIgnored(ForwardingPath path, string length)
    {
        await using var responder = Answer(Wire.Stdout(length + Chunked + "\r\n5;x=y\r\nhello\r\n7\r\n, world\r\n0\r\nX-Trailer: 1\r\n\r\n"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal("hello, world", await response.Content.ReadAsStringAsync());
        Assert.True(response.Headers.TransferEncodingChunked);
        Assert.Empty(response.TrailingHeaders);
        Assert.DoesNotContain(proxy.Logs.Ours, entry => entry.Level > Microsoft.Extensions.Logging.LogLevel.Debug);
    }

    [Fact]
    public async Task Chunked_Http2_IsDecoded()
    {
        await using var responder = Answer(Wire.Stdout(Chunked + "\r\n5\r\nhello\r\n0\r\n\r\n"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        Assert.Equal("hello", await proxy.Http2Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Chunked_ByteByByteInRecordsOfTheirOwn_IsDecoded(ForwardingPath path)
    {
        const string Output = Chunked + "\r\n5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
        await using var responder = Answer([.. Output.Select((c, i) => Wire.Stdout(c.ToString(), padding: (byte)i))]);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        Assert.Equal("hello0123456789abcdef", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Chunked_ReadByATransform_IsDecoded()
    {
        await using var responder = Answer(Wire.Stdout("Content-Length: 3\r\n" + Chunked + "\r\n5\r\nhello\r\n0\r\n\r\n"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            ReverseProxy = builder => builder.AddTransforms(transforms => transforms.AddResponseTransform(async context =>
            {
                Assert.Null(context.ProxyResponse!.Headers.TransferEncodingChunked);
                Assert.Null(context.ProxyResponse.Content.Headers.ContentLength);
                var text = await context.ProxyResponse.Content.ReadAsStringAsync();
                context.SuppressResponseBody = true;
                await context.HttpContext.Response.WriteAsync(text.ToUpperInvariant());
            })),
        });

        Assert.Equal("HELLO", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Chunked_OverAKeptConnection_TheConnectionIsReused(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("5\r\nhello\r\n0\r\n\r\n").WithHeader("Transfer-Encoding", "chunked"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """ }.On(path));

        Assert.Equal("hello", await proxy.Client.GetStringAsync("/1"));
        Assert.Equal("hello", await proxy.Client.GetStringAsync("/2"));

        Assert.Equal(1, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "5\r\nhel")]
    [InlineData(ForwardingPath.Direct, "5\r\nhello\r\n")]
    [InlineData(ForwardingPath.Direct, "5\r\nhello\r\n0\r\n")]
    [InlineData(ForwardingPath.Direct, "5\r\nhello!\r\n0\r\n\r\n")]
    [InlineData(ForwardingPath.Messages, "5\r\nhello\r\n")]
    [InlineData(ForwardingPath.Messages, "5\r\nhello!\r\n0\r\n\r\n")]
    public async Task Chunked_NotToItsLastChunk_AbortsTheClient(ForwardingPath path, string body)
    {
        var exchange = await Exchange.RunAsync(
            Wire.Join(Wire.Stdout(Chunked + "\r\n" + body), Wire.EndRequest()), json: new ProxyJson().On(path));

        Assert.Equal(PeerClose.Reset, exchange.Close);
        Assert.DoesNotContain("\r\n0\r\n\r\n", exchange.Text, StringComparison.Ordinal);
        Assert.Contains(exchange.Logs.Ours, entry => entry.EventId.Name == "ResponseCutShort");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task Chunked_NothingOfItIsContent_Is502(string body)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(Chunked + "X-A: 1\r\n\r\n" + body), Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.DoesNotContain("X-A", exchange.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunked_ConnectionClosedBehindTheLastChunk_IsComplete()
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(Chunked + "\r\n5\r\nhello\r\n0\r\n\r\n");
        });

        Assert.Equal(200, exchange.Status);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
        Assert.EndsWith("\r\n0\r\n\r\n", exchange.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunked_ConnectionClosedInsideIt_AbortsTheClient()
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(Chunked + "\r\n5\r\nhello\r\n");
            await connection.EndStdoutAsync();
        });

        Assert.Equal(PeerClose.Reset, exchange.Close);
    }

    [Fact]
    public async Task Chunked_MoreBehindTheLastChunk_IsCut()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(Chunked + "\r\n5\r\nhello\r\n0\r\n\r\nand more"), Wire.EndRequest()));

        Assert.Equal(PeerClose.Graceful, exchange.Close);
        Assert.DoesNotContain("more", exchange.Text, StringComparison.Ordinal);
        Assert.Contains(exchange.Logs.Ours, entry => entry.EventId.Name == "ResponseTooLong");
    }

    [Theory]
    [InlineData("HEAD", "")]
    [InlineData("GET", "Status: 304\r\n")]
    [InlineData("GET", "Status: 204\r\n")]
    public async Task Chunked_NoBodyForTheClient_IsDropped(string method, string head)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(head + Chunked + "\r\n5\r\nhel"), Wire.EndRequest()), method);

        Assert.Equal("", exchange.Body);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("gzip, chunked")]
    [InlineData("chunked, chunked")]
    [InlineData("identity")]
    public async Task OtherCoding_Is502(string coding)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout($"Transfer-Encoding: {coding}\r\nX-A: 1\r\n\r\n0\r\n\r\n"), Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.DoesNotContain("X-A", exchange.Text, StringComparison.Ordinal);
        Assert.Contains(exchange.Logs.Ours, entry => entry.Message.Contains("Transfer-Encoding", StringComparison.Ordinal));
    }

    private static ScriptedResponder Answer(params byte[][] records) => ScriptedResponder.Start(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.SendRawAsync(Wire.Join([.. records, Wire.EndRequest()]));
        await connection.WaitForPeerCloseAsync();
    });
}
