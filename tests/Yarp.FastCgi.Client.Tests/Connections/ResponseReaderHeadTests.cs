using System.Text;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

public class ResponseReaderHeadTests
{
    private const string Head = "Status: 404 Not Found\r\nContent-Type: text/plain\nX-A:  b c\r\n\r\n";
    private const string Described = "404\nContent-Type: text/plain\nX-A: b c";

    [Fact]
    public async Task ReadHead_InOneRecord_LeavesTheBodyBehindIt()
    {
        using var exchange = await ResponseExchange.OfAsync(Wire.Stdout(Head + "body", padding: 5), Wire.EndRequest());
        Assert.False(exchange.Reader.HasReceived);

        await exchange.ReadHeadAsync();

        Assert.True(exchange.Reader.HasReceived);
        Assert.Equal(Described, exchange.DescribeHead());
        Assert.Equal("body", await exchange.ReadBodyTextAsync());
    }

    [Fact]
    public async Task ReadHead_CutIntoTwoRecordsAnywhere_IsJoined()
    {
        for (var cut = 1; cut < Head.Length; cut++)
        {
            using var exchange = await ResponseExchange.OfAsync(
                Wire.Stdout(Head[..cut], padding: 7), Wire.Stderr("warning"), Wire.Stdout(Head[cut..] + "body"), Wire.Stdout("!"), Wire.EndRequest());

            await exchange.ReadHeadAsync();

            Assert.Equal(Described, exchange.DescribeHead());
            Assert.Equal("body!", await exchange.ReadBodyTextAsync());
            Assert.Equal("warning", exchange.Stderr.Text);
            Assert.True(exchange.Reader.IsInStep);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ReadHead_InTinyRecords_IsJoined(int size)
    {
        using var exchange = await ResponseExchange.OfAsync(
            [.. Head.Chunk(size).Select(piece => Wire.Stdout(new string(piece), padding: 1)), Wire.Stdout("body"), Wire.EndRequest()]);

        await exchange.ReadHeadAsync();

        Assert.Equal(Described, exchange.DescribeHead());
        Assert.Equal("body", await exchange.ReadBodyTextAsync());
    }

    [Fact]
    public async Task ReadHead_ReceivedByteByByte_IsJoined()
    {
        using var exchange = await ResponseExchange.CreateAsync();
        var reading = ReadAllAsync();

        await exchange.SendInPiecesAsync(Wire.Join(Wire.Stdout(Head + "body", padding: 3), Wire.EndRequest()).Select(one => new[] { one }), reading);

        Assert.Equal((Described, "body"), await reading);

        async Task<(string Head, string Body)> ReadAllAsync()
        {
            await exchange.ReadHeadAsync();
            return (exchange.DescribeHead(), await exchange.ReadBodyTextAsync());
        }
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task ReadHead_OnlyTheBlankLine_IsAnEmptyHead(string blankLine)
    {
        foreach (var records in new[] { Wire.Stdout(blankLine + "body"), Wire.Join([.. blankLine.Select(one => Wire.Stdout(one.ToString())), Wire.Stdout("body")]) })
        {
            using var exchange = await ResponseExchange.OfAsync(records, Wire.EndRequest());

            await exchange.ReadHeadAsync();

            Assert.Equal("200", exchange.DescribeHead());
            Assert.Equal("body", await exchange.ReadBodyTextAsync());
        }
    }

    [Fact]
    public async Task ReadHead_NextHeadBehindAnInformationalOne_IsRead()
    {
        const string EarlyHints = "Status: 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
        var all = EarlyHints + EarlyHints + Head + "body";
        for (var cut = 1; cut < all.Length; cut++)
        {
            using var exchange = await ResponseExchange.OfAsync(Wire.Stdout(all[..cut]), Wire.Stdout(all[cut..]), Wire.EndRequest());

            await exchange.ReadHeadAsync();
            Assert.Equal("103\nLink: </a.css>", exchange.DescribeHead());
            await exchange.ReadHeadAsync();
            Assert.Equal("103\nLink: </a.css>", exchange.DescribeHead());
            await exchange.ReadHeadAsync();

            Assert.Equal(Described, exchange.DescribeHead());
            Assert.Equal("body", await exchange.ReadBodyTextAsync());
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1000)]
    [InlineData(1023)]
    public async Task ReadHead_AsLongAsAllowed_IsRead(int recordSize)
    {
        var head = HeadOf(1024);
        using var exchange = await ResponseExchange.CreateAsync(maxHeadSize: 1024);
        await exchange.Application.SendAsync(Records(head + "body", recordSize));
        await exchange.Application.SendAsync(Wire.EndRequest());

        await exchange.ReadHeadAsync();

        Assert.EndsWith("x", exchange.DescribeHead(), StringComparison.Ordinal);
        Assert.Equal("body", await exchange.ReadBodyTextAsync());
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1000)]
    [InlineData(1024)]
    [InlineData(1)]
    public async Task ReadHead_OneByteLongerThanAllowed_IsRefused(int recordSize)
    {
        using var exchange = await ResponseExchange.CreateAsync(maxHeadSize: 1024);
        await exchange.Application.SendAsync(Records(HeadOf(1025), recordSize));

        var exception = await exchange.ReadHeadFailsAsync();

        Assert.Equal(FastCgiError.ResponseHeadTooLarge, exception.Error);
        Assert.Equal("The response head from unix:@app is longer than MaxResponseHeadSize (1024 bytes).", exception.Message);
    }

    [Fact]
    public async Task ReadHead_LongInManyRecords_IsJoined()
    {
        var fields = string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-{i}: {i}\n"));
        using var exchange = await ResponseExchange.CreateAsync();
        await exchange.Application.SendAsync(Records(fields + "\nbody", recordSize: 100));
        await exchange.Application.SendAsync(Wire.EndRequest());

        await exchange.ReadHeadAsync();

        Assert.Equal("200\n" + fields.TrimEnd(), exchange.DescribeHead());
        Assert.Equal("body", await exchange.ReadBodyTextAsync());
    }

    [Theory]
    [InlineData(60_000, 60_000)]
    [InlineData(60_000, 700)]
    [InlineData(32 * 1024, 32 * 1024)]
    [InlineData(32 * 1024, 700)]
    public async Task ReadHead_EndlessHead_IsRefusedWithoutWaitingForItsEnd(int length, int recordSize)
    {
        using var exchange = await ResponseExchange.CreateAsync(maxHeadSize: 32 * 1024);
        await exchange.Application.SendAsync(Records(new string('x', length), recordSize));

        Assert.Equal(FastCgiError.ResponseHeadTooLarge, (await exchange.ReadHeadFailsAsync()).Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Status: 200 OK\r\n")]
    [InlineData("Status: 200 OK\r\n\r")]
    public async Task ReadHead_ApplicationCloses_IsConnectionLost(string sent)
    {
        using var exchange = await ResponseExchange.CreateAsync();
        if (sent.Length > 0)
        {
            await exchange.Application.SendAsync(Wire.Stdout(sent));
        }

        exchange.Application.Close();

        var exception = await exchange.ReadHeadFailsAsync();
        Assert.Equal(FastCgiError.ConnectionLost, exception.Error);
        Assert.Equal("The application at unix:@app closed the connection before its response head was complete.", exception.Message);
        Assert.Equal(sent.Length > 0, exchange.Reader.HasReceived);
    }

    [Fact]
    public async Task ReadHead_RecordsOfTheFormerRequestFirst_AreDropped()
    {
        using var exchange = await ResponseExchange.OfAsync(
            Wire.Record(WireRecordType.Stdout, "Status: 500\r\n\r\nstray", padding: 3),
            Wire.Stderr("stray"),
            Wire.EndRequest(),
            Wire.Record(WireRecordType.Stdout, Head + "body", requestId: 2),
            Wire.EndRequest(requestId: 2));
        using var reader = exchange.BeginAnother();

        await reader.ReadHeadAsync().AsTask().WithinAsync("the response head");

        Assert.True(reader.HasDroppedFormerOutput);
        Assert.Equal(BodyReadStatus.Content, reader.TryReadBody(out var content));
        Assert.Equal("body", Encoding.ASCII.GetString(content));
        Assert.Equal("", exchange.Stderr.Text);
    }

    [Fact]
    public async Task ReadHead_NothingButRecordsOfTheFormerRequest_IsConnectionLostWithoutAByteOfTheResponse()
    {
        using var exchange = await ResponseExchange.OfAsync(Wire.Stdout("stray"), Wire.EndRequest(), Wire.Stdout("cut")[..9]);
        using var reader = exchange.BeginAnother();
        exchange.Application.Close();

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => reader.ReadHeadAsync().AsTask().WithinAsync("the failure"));

        Assert.Equal(FastCgiError.ConnectionLost, exception.Error);
        Assert.False(reader.HasReceived);
    }

    [Theory]
    [InlineData("inside the response", 1)]
    [InlineData("of a request never made", 3)]
    [InlineData("of no request", 0)]
    public async Task ReadHead_RecordsOfAnotherRequest_AreAViolation(string which, ushort id)
    {
        var own = Wire.Record(WireRecordType.Stdout, "A: b\r\n", requestId: 2);
        using var exchange = await ResponseExchange.OfAsync(
            which == "inside the response" ? own : [],
            Wire.Record(WireRecordType.Stdout, "stray", requestId: id),
            own);
        using var reader = exchange.BeginAnother();

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => reader.ReadHeadAsync().AsTask().WithinAsync("the failure"));

        Assert.Equal(FastCgiError.ProtocolViolation, exception.Error);
        Assert.False(reader.HasDroppedFormerOutput);
    }

    [Fact]
    public async Task ReadHead_ApplicationResets_IsConnectionLost()
    {
        using var exchange = await ResponseExchange.CreateAsync(tcp: true);
        var reading = exchange.ReadHeadFailsAsync();

        exchange.Application.Reset();

        Assert.Equal(FastCgiError.ConnectionLost, (await reading).Error);
    }

    [Fact]
    public async Task ReadHead_DeadlineStrikes_FailsWithItsError()
    {
        var time = new FakeTimeProvider();
        using var exchange = await ResponseExchange.CreateAsync(time: time);
        exchange.Connection.Deadline.Arm(TimeSpan.FromSeconds(60), FastCgiError.ResponseHeadTimeout);
        var reading = exchange.ReadHeadFailsAsync();

        time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(FastCgiError.ResponseHeadTimeout, (await reading).Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Status: 200 OK\r\n")]
    public async Task ReadHead_EndsWithoutHead_IsNoResponse(string sent)
    {
        using var exchange = await ResponseExchange.OfAsync(
            Wire.Stdout(sent), Wire.Stderr("PHP Fatal error"), Wire.EndRequest(appStatus: 255));

        var exception = await exchange.ReadHeadFailsAsync();

        Assert.Equal(FastCgiError.NoResponse, exception.Error);
        Assert.Equal("The application at unix:@app ended the request (app status 255) without a complete response head.", exception.Message);
        Assert.Equal("PHP Fatal error", exchange.Stderr.Text);
    }

    [Theory]
    [InlineData(1, FastCgiError.CannotMultiplex, "refused the request: FCGI_CANT_MPX_CONN")]
    [InlineData(2, FastCgiError.Overloaded, "refused the request: FCGI_OVERLOADED")]
    [InlineData(3, FastCgiError.UnknownRole, "refused the request: FCGI_UNKNOWN_ROLE")]
    [InlineData(4, FastCgiError.ProtocolViolation, "sent END_REQUEST with the unknown protocol status 4")]
    [InlineData(255, FastCgiError.ProtocolViolation, "sent END_REQUEST with the unknown protocol status 255")]
    public async Task ReadHead_ApplicationRefuses_SaysHow(byte protocolStatus, FastCgiError error, string what)
    {
        using var exchange = await ResponseExchange.OfAsync(Wire.EndRequest(protocolStatus: protocolStatus));

        var exception = await exchange.ReadHeadFailsAsync();

        Assert.Equal(error, exception.Error);
        Assert.Equal($"The application at unix:@app {what}.", exception.Message);
        Assert.False(exchange.Reader.IsInStep);
    }

    [Theory]
    [InlineData(WireRecordType.Stdout, 0)]
    [InlineData(WireRecordType.Stdout, 2)]
    [InlineData(WireRecordType.Stdout, 256)]
    [InlineData(WireRecordType.Stderr, 0)]
    [InlineData(WireRecordType.Stderr, 2)]
    [InlineData(WireRecordType.EndRequest, 0)]
    [InlineData(WireRecordType.EndRequest, 2)]
    public async Task ReadHead_RecordOfAnotherRequest_IsAViolation(WireRecordType type, ushort requestId)
    {
        using var exchange = await ResponseExchange.OfAsync(Wire.Record(type, new byte[8], requestId: requestId));

        var exception = await exchange.ReadHeadFailsAsync();

        Assert.Equal(FastCgiError.ProtocolViolation, exception.Error);
        Assert.Equal($"The application at unix:@app sent a record for request id {requestId}, which is not in use.", exception.Message);
        Assert.Equal("", exchange.Stderr.Text);
    }

    [Fact]
    public async Task ReadHead_OtherVersion_IsAViolation()
    {
        using var exchange = await ResponseExchange.OfAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"));

        var exception = await exchange.ReadHeadFailsAsync();

        Assert.Equal(FastCgiError.ProtocolViolation, exception.Error);
        Assert.Equal("The application at unix:@app sent a record of another protocol version than 1.", exception.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task ReadHead_EndRequestTooShort_IsAViolation(int length)
    {
        using var exchange = await ResponseExchange.OfAsync(Wire.Record(WireRecordType.EndRequest, new byte[length], padding: 8));

        Assert.Equal(FastCgiError.ProtocolViolation, (await exchange.ReadHeadFailsAsync()).Error);
    }

    private static string HeadOf(int length)
    {
        const string Start = "X: ";
        const string End = "x\r\n\r\n";
        return Start + new string('y', length - Start.Length - End.Length) + End;
    }

    private static byte[] Records(string content, int recordSize)
        => Wire.Join([.. content.Chunk(recordSize).Select(piece => Wire.Stdout(new string(piece)))]);
}
