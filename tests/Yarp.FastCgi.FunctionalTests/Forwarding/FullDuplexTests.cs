using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>The application answers before it has read the request (E14, E15).</summary>
public class FullDuplexTests
{
    private const string KeepAlive = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00" """;

    // More than the sockets on the way hold: sending it stops until somebody reads.
    private const int Large = 8_000_000;

    [Theory]
    [InlineData(BodyKeeping.Memory, ForwardingPath.Direct)]
    [InlineData(BodyKeeping.File, ForwardingPath.Direct)]
    [InlineData(BodyKeeping.Streamed, ForwardingPath.Direct)]
    [InlineData(BodyKeeping.Memory, ForwardingPath.Messages)]
    [InlineData(BodyKeeping.Streamed, ForwardingPath.Messages)]
    public async Task Application_EndsTheRequestAndReadsNothing_TheAnswerArrivesAndTheConnectionIsClosed(BodyKeeping keeping, ForwardingPath path)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            if (connection.Number == 1)
            {
                // Keeps its side open and says that it is done.
                await connection.ReadHeadAsync();
                await connection.SendReplyAsync(Reply.Status(403, "Forbidden", "not for you").WithHeader("Content-Length", "11"));
                await closed.Task.WithinAsync("the test to see the answer");
                await ReadUntilClosedAsync(connection);
                return;
            }

            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Text("second"));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = keeping.ToJson(), ClusterFastCgi = KeepAlive }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Large}\r\n\r\n");
        var sending = SendAllAsync(client, new byte[Large]);
        var answer = await client.ReadUntilAsync("not for you");
        closed.SetResult();
        await responder.WaitForConnectionClosedAsync();

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.False(responder.Requests[0].IsComplete);
        Assert.Equal("second", await proxy.Client.GetStringAsync("/"));
        Assert.Equal(2, responder.AcceptedConnections);
        client.Dispose();
        await sending;
    }

    [Theory]
    [InlineData(BodyKeeping.Memory, false)]
    [InlineData(BodyKeeping.File, false)]
    [InlineData(BodyKeeping.Streamed, false)]
    [InlineData(BodyKeeping.File, true)]
    [InlineData(BodyKeeping.Streamed, true)]
    public async Task Application_SendsALongAnswerBeforeItReads_BothArriveWhole(BodyKeeping keeping, bool http2)
    {
        var path = keeping == BodyKeeping.File ? ForwardingPath.Messages : ForwardingPath.Direct;
        var answer = TestBody.Create(Large, seed: 2);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendStdoutAsync("Content-Type: application/octet-stream\r\n\r\n");
            await connection.SendStdoutAsync(answer);
            await connection.ReadRemainingStdinAsync();
            await connection.SendStdoutAsync(TestBody.Hash(request.Stdin));
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = keeping.ToJson() }.On(path));
        var body = TestBody.Create(Large, seed: 3);

        byte[] received;
        if (http2)
        {
            using var response = await proxy.SendAsync(http2, HttpMethod.Post, content: new GatedContent(stream => stream.WriteAsync(body).AsTask()));
            received = await response.Content.ReadAsByteArrayAsync();
        }
        else
        {
            // HttpClient reads no HTTP/1.1 response before it has sent its request.
            using var client = await proxy.ConnectAsync();
            await client.SendAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {Large}\r\n\r\n");
            var sending = SendAllAsync(client, body);
            received = await ReadChunkedAsync(client);
            await sending;
        }

        Assert.Equal(Large + 64, received.Length);
        Assert.Equal(TestBody.Hash(answer), TestBody.Hash(received.AsSpan(0, Large)));
        Assert.Equal(TestBody.Hash(body), Encoding.ASCII.GetString(received, Large, 64));
    }

    [Fact]
    public async Task Application_AnswersAndClosesBeforeItHasReadTheParams_TheAnswerArrives()
    {
        // Params of more bytes than the socket holds, so that sending them is still going on when the answer comes.
        var parameters = string.Join(',', Enumerable.Range(0, 20).Select(i => $""" "LONG_{i}": "{new string('x', 60_000)}" """));
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.SendReplyAsync(Reply.Status(403, "Forbidden", "not for you").WithHeader("Content-Length", "11"));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $$""" "CheckFile": "Off", "Params": { {{parameters}} } """ });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("not for you", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Application_AnswersWithoutTheStreamedBody_AClientThatSendsItFirstGetsTheAnswerAndStaysInStep()
    {
        await using var responder = ScriptedResponder.Start(AnswerWithoutBodyAsync);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = BodyKeeping.Streamed.ToJson() });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Large}\r\n\r\n");
        await client.SendAsync(new byte[Large]);

        Assert.StartsWith("HTTP/1.1 403 ", await client.ReadUntilAsync("not for you"), StringComparison.Ordinal);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", (await client.ReadToEndAsync()).Text, StringComparison.Ordinal);
        await responder.WaitForConnectionClosedAsync(2);
    }

    [Fact]
    public async Task RequestDrainTimeout_TheRestOfTheBodyDoesNotCome_TheClientsConnectionIsClosedBehindTheAnswer()
    {
        await using var responder = ScriptedResponder.Start(AnswerWithoutBodyAsync);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = BodyKeeping.Streamed.ToJson() + """, "RequestDrainTimeout": "00:00:00.2" """,
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Large}\r\n\r\npart");
        var (text, _) = await client.ReadToEndAsync();

        Assert.Contains("not for you", text, StringComparison.Ordinal);
        var entry = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "RequestDrainTimeout", "the rest that did not come");
        Assert.StartsWith("request_drain_timeout on route 'site', cluster 'app', destination 'a'", entry.Message, StringComparison.Ordinal);
    }

    private static async Task AnswerWithoutBodyAsync(ScriptedConnection connection)
    {
        await connection.ReadHeadAsync();
        await connection.SendReplyAsync(Reply.Status(403, "Forbidden", "not for you").WithHeader("Content-Length", "11"));
        await ReadUntilClosedAsync(connection);
    }

    private static async Task<byte[]> ReadChunkedAsync(RawHttpConnection client)
    {
        var head = await client.ReadHeadAsync();
        Assert.Contains("Transfer-Encoding: chunked", head, StringComparison.Ordinal);
        var body = new MemoryStream();
        while (await client.ReadChunkAsync() is { Length: > 0 } chunk)
        {
            body.Write(chunk);
        }

        return body.ToArray();
    }

    /// <summary>Sends until the server will not take more.</summary>
    private static async Task SendAllAsync(RawHttpConnection client, byte[] body)
    {
        try
        {
            await client.SendAsync(body);
        }
        catch (Exception exception) when (exception is PeerClosedException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            // The server has answered and read no more, or the test is over.
        }
    }

    private static async Task ReadUntilClosedAsync(ScriptedConnection connection)
    {
        try
        {
            while (await connection.ReadRecordAsync() is not null)
            {
            }
        }
        catch (PeerClosedException)
        {
            // In the middle of a record.
        }
    }
}
