using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

public class ResponseReaderTests
{
    private static readonly byte[] Head = Wire.Stdout("A: b\r\n\r\n");

    [Fact]
    public async Task ReadBody_UntilEndRequest_IsComplete()
    {
        using var exchange = await ResponseExchange.OfAsync(Head, Wire.Stdout("one", padding: 255), Wire.Stdout("two"), Wire.EndRequest(appStatus: 3, padding: 8));
        await exchange.ReadHeadAsync();
        Assert.False(exchange.Reader.HasEnded);
        Assert.False(exchange.Reader.IsInStep);

        Assert.Equal("onetwo", await exchange.ReadBodyTextAsync());

        Assert.True(exchange.Reader.HasEnded);
        Assert.False(exchange.Reader.StdoutEnded);
        Assert.Equal(3u, exchange.Reader.End.AppStatus);
        Assert.Equal(FastCgiProtocolStatus.RequestComplete, exchange.Reader.End.ProtocolStatus);
        Assert.True(exchange.Reader.IsInStep);
        Assert.Equal((BodyReadStatus.End, ""), exchange.TryReadBody());
    }

    [Fact]
    public async Task ReadBody_OfMegabytesInLongestRecords_IsComplete()
    {
        var body = new byte[3_000_000];
        new Random(1).NextBytes(body);
        using var exchange = await ResponseExchange.CreateAsync();
        var sending = exchange.Application.SendAsync(
            Wire.Join([Head, .. body.Chunk(65535).Select(piece => Wire.Record(WireRecordType.Stdout, piece, padding: 255)), Wire.EndRequest()]));
        await exchange.ReadHeadAsync();

        var received = await exchange.ReadBodyAsync();

        await sending;
        Assert.True(body.AsSpan().SequenceEqual(received));
        Assert.True(exchange.Reader.IsInStep);
    }

    [Fact]
    public async Task ReadBody_NotAllReceived_NeedsMoreData()
    {
        using var exchange = await ResponseExchange.OfAsync(Head, Wire.Stdout("abcdef")[..11]);
        await exchange.ReadHeadAsync();

        Assert.Equal((BodyReadStatus.Content, "abc"), exchange.TryReadBody());
        Assert.Equal((BodyReadStatus.NeedMoreData, ""), exchange.TryReadBody());
        Assert.Equal((BodyReadStatus.NeedMoreData, ""), exchange.TryReadBody());

        await exchange.Application.SendAsync(Wire.Join(Wire.Stdout("abcdef")[11..], Wire.EndRequest()));
        Assert.Equal("def", await exchange.ReadBodyTextAsync());
    }

    [Fact]
    public async Task ReadBody_StderrBetween_IsPassedOnAside()
    {
        using var exchange = await ResponseExchange.OfAsync(
            Wire.Stderr("1"), Head, Wire.Stdout("a"), Wire.Stderr("2", padding: 3), Wire.Stderr(""), Wire.Stdout("b"), Wire.Stderr("3"), Wire.Stdout(""), Wire.Stderr("4"), Wire.EndRequest());
        await exchange.ReadHeadAsync();

        Assert.Equal("ab", await exchange.ReadBodyTextAsync());

        Assert.Equal("1234", exchange.Stderr.Text);
        Assert.True(exchange.Reader.IsInStep);
    }

    [Fact]
    public async Task ReadBody_StderrLongerThanTheBuffer_IsPassedOnInPieces()
    {
        var text = new string('e', 65535);
        using var exchange = await ResponseExchange.CreateAsync();
        var sending = exchange.Application.SendAsync(Wire.Join([Head, .. Enumerable.Repeat(Wire.Stderr(text), 5), Wire.EndRequest()]));
        await exchange.ReadHeadAsync();

        Assert.Empty(await exchange.ReadBodyAsync());

        await sending;
        Assert.Equal(5 * text.Length, exchange.Stderr.Text.Length);
    }

    [Fact]
    public async Task ReadBody_StdoutBehindItsEnd_IsIgnored()
    {
        using var exchange = await ResponseExchange.OfAsync(Head, Wire.Stdout("a"), Wire.Stdout("", padding: 9), Wire.Stdout("b"), Wire.Stdout(""), Wire.EndRequest());
        await exchange.ReadHeadAsync();

        Assert.Equal("a", await exchange.ReadBodyTextAsync());

        Assert.True(exchange.Reader.StdoutEnded);
        Assert.True(exchange.Reader.IsInStep);
    }

    [Fact]
    public async Task ReadBody_StdoutEndedAndApplicationCloses_TellsBoth()
    {
        using var exchange = await ResponseExchange.OfAsync(Head, Wire.Stdout("a"), Wire.Stdout(""));
        exchange.Application.Close();
        await exchange.ReadHeadAsync();

        Assert.Equal((BodyReadStatus.Content, "a"), exchange.TryReadBody());
        Assert.Equal((BodyReadStatus.NeedMoreData, ""), exchange.TryReadBody());
        Assert.Equal(0, await exchange.Reader.ReceiveAsync());

        Assert.True(exchange.Reader.StdoutEnded);
        Assert.False(exchange.Reader.HasEnded);
        Assert.False(exchange.Reader.IsInStep);
    }

    [Theory]
    [InlineData(WireRecordType.GetValuesResult, 0)]
    [InlineData(WireRecordType.UnknownType, 0)]
    [InlineData(WireRecordType.Stdin, 1)]
    [InlineData(WireRecordType.BeginRequest, 7)]
    [InlineData((WireRecordType)12, 1)]
    [InlineData((WireRecordType)255, 0)]
    public async Task ReadBody_UnaskedOrUnknownRecord_IsSkippedWhole(WireRecordType type, ushort requestId)
    {
        var noise = Wire.Record(type, new byte[65535], padding: 255, requestId);
        using var exchange = await ResponseExchange.CreateAsync();
        var sending = exchange.Application.SendAsync(Wire.Join(noise, Head, noise, Wire.Stdout("body"), noise, Wire.EndRequest()));
        await exchange.ReadHeadAsync();

        Assert.Equal("body", await exchange.ReadBodyTextAsync());

        await sending;
        Assert.True(exchange.Reader.IsInStep);
    }

    [Theory]
    [InlineData(WireRecordType.Stdout, 0)]
    [InlineData(WireRecordType.Stdout, 2)]
    [InlineData(WireRecordType.Stderr, 2)]
    [InlineData(WireRecordType.EndRequest, 0)]
    public async Task ReadBody_RecordOfAnotherRequest_IsAViolation(WireRecordType type, ushort requestId)
    {
        using var exchange = await ResponseExchange.OfAsync(Head, Wire.Record(type, new byte[8], requestId: requestId));
        await exchange.ReadHeadAsync();

        Assert.Equal(FastCgiError.ProtocolViolation, (await Assert.ThrowsAsync<FastCgiException>(exchange.ReadBodyAsync)).Error);
    }

    [Fact]
    public async Task ReadBody_EndRequestWithSurplus_IgnoresIt()
    {
        using var exchange = await ResponseExchange.OfAsync(
            Head, Wire.Record(WireRecordType.EndRequest, [0, 0, 1, 2, 0, .. new byte[60_000]], padding: 7));
        await exchange.ReadHeadAsync();

        Assert.Empty(await exchange.ReadBodyAsync());

        Assert.Equal(258u, exchange.Reader.End.AppStatus);
        Assert.True(exchange.Reader.IsInStep);
    }

    [Fact]
    public async Task ReadBody_EndRequestInPieces_IsJoined()
    {
        byte[] endRequest = Wire.Record(WireRecordType.EndRequest, [1, 2, 3, 4, 2, 0, 0, 0, 9, 9]);
        for (var cut = 1; cut < endRequest.Length; cut++)
        {
            using var exchange = await ResponseExchange.OfAsync(Head, endRequest[..cut]);
            await exchange.ReadHeadAsync();
            Assert.Equal((BodyReadStatus.NeedMoreData, ""), exchange.TryReadBody());
            await exchange.Application.SendAsync(endRequest.AsMemory(cut));

            Assert.Empty(await exchange.ReadBodyAsync());

            Assert.Equal(0x01020304u, exchange.Reader.End.AppStatus);
            Assert.Equal(FastCgiProtocolStatus.Overloaded, exchange.Reader.End.ProtocolStatus);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public async Task IsInStep_ProtocolStatusIsNotComplete_IsFalse(byte protocolStatus)
    {
        using var exchange = await ResponseExchange.OfAsync(Head, Wire.Stdout("a"), Wire.EndRequest(protocolStatus: protocolStatus));
        await exchange.ReadHeadAsync();
        await exchange.ReadBodyAsync();

        Assert.Equal(protocolStatus, (byte)exchange.Reader.End.ProtocolStatus);
        Assert.False(exchange.Reader.IsInStep);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(40)]
    public async Task IsInStep_BytesBehindEndRequest_IsFalse(int count)
    {
        using var exchange = await ResponseExchange.OfAsync(Head, Wire.EndRequest(padding: 8), Wire.Stdout(new string('x', 40))[..count]);
        await exchange.ReadHeadAsync();

        Assert.Empty(await exchange.ReadBodyAsync());

        Assert.True(exchange.Reader.HasEnded);
        Assert.False(exchange.Reader.IsInStep);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task IsInStep_PaddingOfEndRequestIsStillToCome_IsFalse(int arrived)
    {
        var endRequest = Wire.EndRequest(padding: 8);
        using var exchange = await ResponseExchange.OfAsync(Head, endRequest[..(16 + arrived)]);
        await exchange.ReadHeadAsync();

        Assert.Empty(await exchange.ReadBodyAsync());

        Assert.True(exchange.Reader.HasEnded);
        Assert.False(exchange.Reader.IsInStep);
    }

    [Theory]
    [InlineData("body", "", false)]
    [InlineData("body", "more", false)]
    [InlineData("", "", false)]
    [InlineData("body", "more", true)]
    public async Task TryGetReceivedBodyLength_AllIsHere_IsExact(string behindHead, string second, bool endsStdout)
    {
        using var exchange = await ResponseExchange.OfAsync(
            Wire.Stdout("A: b\r\n\r\n" + behindHead, padding: 3),
            Wire.Stderr("warning"),
            second.Length > 0 ? Wire.Stdout(second, padding: 1) : [],
            endsStdout ? Wire.Join(Wire.Stdout(""), Wire.Stdout("ignored")) : [],
            Wire.Record((WireRecordType)99, "noise"),
            Wire.EndRequest(appStatus: 1));
        await exchange.ReadHeadAsync();

        Assert.True(exchange.Reader.TryGetReceivedBodyLength(out var length));
        Assert.Equal((behindHead + second).Length, length);

        // Looking ahead has changed nothing.
        Assert.Equal(behindHead + second, await exchange.ReadBodyTextAsync());
        Assert.Equal("warning", exchange.Stderr.Text);
        Assert.True(exchange.Reader.IsInStep);
    }

    [Theory]
    [InlineData("no END_REQUEST")]
    [InlineData("no END_REQUEST, STDOUT ended")]
    [InlineData("part of END_REQUEST")]
    [InlineData("record cut short")]
    [InlineData("refused")]
    [InlineData("END_REQUEST too short")]
    [InlineData("another request")]
    [InlineData("another version")]
    public async Task TryGetReceivedBodyLength_NotSurelyComplete_IsFalse(string what)
    {
        using var exchange = await ResponseExchange.OfAsync(
            Wire.Stdout("A: b\r\n\r\nbody"),
            what switch
            {
                "no END_REQUEST" => Wire.Stdout("more"),
                "no END_REQUEST, STDOUT ended" => Wire.Stdout(""),
                "part of END_REQUEST" => Wire.EndRequest()[..12],
                "record cut short" => Wire.Stdout("more")[..10],
                "refused" => Wire.EndRequest(protocolStatus: 2),
                "END_REQUEST too short" => Wire.Record(WireRecordType.EndRequest, new byte[7]),
                "another request" => Wire.Join(Wire.Record(WireRecordType.Stdout, "more", requestId: 2), Wire.EndRequest()),
                _ => Wire.Join(Wire.Record(WireRecordType.Stdout, "more", version: 2), Wire.EndRequest()),
            });
        await exchange.ReadHeadAsync();

        Assert.False(exchange.Reader.TryGetReceivedBodyLength(out _));
    }
}
