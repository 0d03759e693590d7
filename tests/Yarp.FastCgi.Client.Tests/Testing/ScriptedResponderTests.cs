using System.Net.Sockets;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Testing;

public class ScriptedResponderTests
{
    private static readonly byte[] PlainRequest = Wire.Join(
        Wire.BeginRequest(),
        Wire.Params(("REQUEST_METHOD", "GET"), ("QUERY_STRING", "")),
        Wire.Params(),
        Wire.Record(WireRecordType.Stdin, ""));

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.AbstractUnix)]
    [InlineData(ResponderSocket.Tcp)]
    [InlineData(ResponderSocket.TcpIPv6)]
    public async Task Reply_PlainRequest_AnswersAndCloses(ResponderSocket kind)
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text("hello " + request["REQUEST_METHOD"]).WithAppStatus(3), kind);
        using var client = await ConnectAsync(responder);

        await client.SendAsync(PlainRequest);
        var (bytes, close) = await client.ReadToEndAsync();

        Assert.Equal(Wire.Join(Wire.Stdout("Content-Type: text/plain\r\n\r\nhello GET"), Wire.EndRequest(appStatus: 3)), bytes);
        Assert.Equal(PeerClose.Graceful, close);
        client.Close();
        await responder.WaitForScriptAsync();
        Assert.Equal("", Assert.Single(responder.Requests)["QUERY_STRING"]);
    }

    [Fact]
    public async Task Reply_KeepConnection_ServesTheNextRequest()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request.StdinText));
        using var client = await ConnectAsync(responder);
        var expected = Wire.Join(Wire.Stdout("Content-Type: text/plain\r\n\r\nbody"), Wire.EndRequest());

        for (var count = 1; count <= 2; count++)
        {
            await client.SendAsync(Wire.Join(
                Wire.BeginRequest(flags: 1), Wire.Params(("CONTENT_LENGTH", "4")), Wire.Params(), Wire.Record(WireRecordType.Stdin, "bo"),
                Wire.Record(WireRecordType.Stdin, "dy"), Wire.Record(WireRecordType.Stdin, "")));

            Assert.Equal(expected, await client.ReadExactlyAsync(expected.Length));
            Assert.Equal(1, (await responder.WaitForRequestAsync(count)).ConnectionNumber);
        }

        client.Close();
        await responder.WaitForConnectionClosedAsync();
        Assert.Equal(1, responder.AcceptedConnections);
    }

    [Fact]
    public async Task Script_AnswerBeforeBody_IsReadInPieces()
    {
        var pieces = new List<string>();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendStdoutAsync("early", padding: 3);
            while (await connection.ReadStdinAsync() is { IsEmpty: false } piece)
            {
                pieces.Add(Encoding.UTF8.GetString(piece.Span));
            }

            await connection.EndRequestAsync(appStatus: 1, protocolStatus: 2);
        });
        using var client = await ConnectAsync(responder);

        await client.SendAsync(Wire.Join(Wire.BeginRequest(requestId: 1), Wire.Params()));
        Assert.Equal(Wire.Stdout("early", padding: 3), await client.ReadExactlyAsync(8 + 5 + 3));
        await client.SendAsync(Wire.Join(Wire.Record(WireRecordType.Stdin, "a"), Wire.Record(WireRecordType.Stdin, "b"), Wire.Record(WireRecordType.Stdin, "")));

        Assert.Equal(Wire.EndRequest(appStatus: 1, protocolStatus: 2), (await client.ReadToEndAsync()).Bytes);
        Assert.Equal(["a", "b"], pieces);
    }

    [Theory]
    [InlineData("duplicate param", "sent twice")]
    [InlineData("straddling pair", "straddles")]
    [InlineData("dirty padding", "padding")]
    [InlineData("wrong version", "version 2")]
    [InlineData("wrong id", "request id 2")]
    [InlineData("short body", "CONTENT_LENGTH")]
    [InlineData("too long for php-fpm", "65535")]
    public async Task Script_ClientViolatesProtocol_FailsTheTest(string violation, string message)
    {
        var responder = ScriptedResponder.Start(_ => Reply.Text(""));
        using var client = await ConnectAsync(responder);

        await client.SendAsync(violation switch
        {
            "duplicate param" => Wire.Join(Wire.BeginRequest(), Wire.Params(("A", "1"), ("A", "2"))),
            "straddling pair" => Wire.Join(Wire.BeginRequest(), Wire.Record(WireRecordType.Params, [1, 5, (byte)'A', (byte)'1'])),
            "dirty padding" => Wire.Join(Wire.BeginRequest(), Wire.Record(WireRecordType.Params, "", padding: 1)),
            "wrong version" => Wire.Record(WireRecordType.BeginRequest, new byte[8], version: 2),
            "wrong id" => Wire.Join(Wire.BeginRequest(), Wire.Record(WireRecordType.Params, "", requestId: 2)),
            "short body" => Wire.Join(Wire.BeginRequest(), Wire.Params(("CONTENT_LENGTH", "4")), Wire.Params(), Wire.Record(WireRecordType.Stdin, "")),
            _ => Wire.Join(Wire.BeginRequest(), Wire.Record(WireRecordType.Params, new byte[65535], padding: 1)),
        });

        var fromWait = await Assert.ThrowsAsync<ProtocolViolationException>(() => responder.WaitForConnectionClosedAsync(2));
        Assert.Contains(message, fromWait.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ProtocolViolationException>(async () => await responder.DisposeAsync());
    }

    [Fact]
    public async Task Script_PeerClosesEarly_ShowsOnlyToWhoAsks()
    {
        await using var responder = ScriptedResponder.Start(connection => connection.ReadRequestAsync());
        using (var client = await ConnectAsync(responder))
        {
            await client.SendAsync(Wire.BeginRequest());
        }

        await responder.WaitForConnectionClosedAsync();
        await Assert.ThrowsAsync<PeerClosedException>(() => responder.WaitForScriptAsync());
    }

    [Fact]
    public async Task Reset_OverTcp_AbortsTheClient()
    {
        await using var responder = ScriptedResponder.Start(
            async connection =>
            {
                await connection.ReadRequestAsync();
                connection.Reset();
            },
            ResponderSocket.Tcp);
        using var client = await ConnectAsync(responder);

        await client.SendAsync(PlainRequest);

        Assert.Equal(PeerClose.Reset, (await client.ReadToEndAsync()).Close);
    }

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.Tcp)]
    public async Task Restart_AfterStop_ListensAtTheSameAddress(ResponderSocket kind)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text(""), kind);
        var address = responder.Address;

        await responder.StopAsync();
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(responder));
        responder.Restart();
        using var client = await ConnectAsync(responder);

        Assert.Equal(address, responder.Address);
        await responder.WaitForConnectionAsync();
    }

    [Fact]
    public async Task StartWithoutAccepting_Connection_StaysInTheBacklog()
    {
        await using var responder = ScriptedResponder.StartWithoutAccepting();
        using var client = await ConnectAsync(responder);

        await client.SendAsync(PlainRequest);

        Assert.Equal(0, responder.AcceptedConnections);
    }

    private static async Task<TestSocket> ConnectAsync(ScriptedResponder responder)
    {
        var socket = new Socket(responder.EndPoint.AddressFamily, SocketType.Stream, responder.EndPoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(responder.EndPoint);
            return new TestSocket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
