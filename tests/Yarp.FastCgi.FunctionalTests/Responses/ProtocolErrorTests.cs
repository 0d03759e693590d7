using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public class ProtocolErrorTests
{
    private static readonly byte[] Good = Wire.Stdout("X-A: 1\r\n\r\nbody");

    [Theory]
    [InlineData("version 2")]
    [InlineData("other request id")]
    [InlineData("request id 0")]
    [InlineData("short END_REQUEST")]
    [InlineData("END_REQUEST at once")]
    [InlineData("unknown role")]
    public async Task Violation_BeforeTheHead_Is502(string violation)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Violation(violation), Good, Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.DoesNotContain("X-A", exchange.Text, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Theory]
    [InlineData("version 2")]
    [InlineData("other request id")]
    [InlineData("request id 0")]
    [InlineData("short END_REQUEST")]
    [InlineData("unknown role")]
    [InlineData("overloaded")]
    public async Task Violation_InsideTheBody_AbortsTheClient(string violation)
    {
        // In two sends with the client's confirmation between them: the body has certainly begun.
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendRawAsync(Good);
            await begun.Task.WithinAsync("the client to have the first part of the body");
            await connection.SendRawAsync(Wire.Join(Violation(violation), Wire.Stdout("more"), Wire.EndRequest()));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadUntilAsync("body");
        begun.SetResult();
        var (rest, close) = await client.ReadToEndAsync();

        Assert.Equal(PeerClose.Reset, close);
        Assert.DoesNotContain("more", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n0\r\n", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overloaded_BeforeTheHead_Is503()
    {
        var exchange = await Exchange.RunAsync(Violation("overloaded"));

        Assert.Equal("HTTP/1.1 503 Service Unavailable", exchange.StatusLine);
    }

    [Theory]
    [InlineData(WireRecordType.GetValuesResult, 0)]
    [InlineData(WireRecordType.UnknownType, 0)]
    [InlineData((WireRecordType)99, 0)]
    [InlineData((WireRecordType)99, 1)]
    public async Task UnaskedRecord_AnyWhere_IsSkipped(WireRecordType type, int requestId)
    {
        var noise = Wire.Record(type, new byte[3000], padding: 77, (ushort)requestId);

        var exchange = await Exchange.RunAsync(Wire.Join(
            noise, Wire.Stdout("X-A: 1\r\n"), noise, Wire.Stdout("Content-Length: 4\r\n\r\nbo"), noise, Wire.Stdout("dy"), noise, Wire.EndRequest()));

        Assert.Equal(200, exchange.Status);
        Assert.Equal("body", exchange.Body);
        Assert.Contains($"of type {(int)type},", Assert.Single(exchange.Logs.Ours, entry => entry.EventId.Name == "RecordsSkipped").Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndRequest_LongerThanEightBytes_IsAccepted()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Good, Wire.Record(WireRecordType.EndRequest, new byte[20], padding: 4)));

        Assert.Equal(200, exchange.Status);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Fact]
    public async Task AppStatus_NotZero_TheResponsePassesAndItIsLogged()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Good, Wire.EndRequest(appStatus: 255)));

        Assert.Equal(200, exchange.Status);
        Assert.Contains("body", exchange.Body, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
        Assert.Contains("app status 255", Assert.Single(exchange.Logs.Ours, entry => entry.EventId.Name == "AppStatus").Message, StringComparison.Ordinal);
    }

    private static byte[] Violation(string name) => name switch
    {
        "version 2" => Wire.Record(WireRecordType.Stdout, "x", version: 2),
        "other request id" => Wire.Record(WireRecordType.Stdout, "x", requestId: 7),
        "request id 0" => Wire.Record(WireRecordType.Stdout, "x", requestId: 0),
        "short END_REQUEST" => Wire.Record(WireRecordType.EndRequest, new byte[7]),
        "END_REQUEST at once" => Wire.EndRequest(),
        "unknown role" => Wire.EndRequest(protocolStatus: 3),
        _ => Wire.EndRequest(protocolStatus: 2),
    };
}
