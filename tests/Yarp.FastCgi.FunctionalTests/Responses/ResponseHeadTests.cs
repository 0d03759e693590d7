using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public class ResponseHeadTests
{
    [Theory]
    [InlineData("Status: 404\r\n\r\n", "HTTP/1.1 404 Not Found")]
    [InlineData("Status: 404 Not Found\r\n\r\n", "HTTP/1.1 404 Not Found")]
    [InlineData("Status: 404 Gone Fishing\r\n\r\n", "HTTP/1.1 404 Gone Fishing")]
    [InlineData("status: 201 Made\r\n\r\n", "HTTP/1.1 201 Made")]
    [InlineData("\r\n", "HTTP/1.1 200 OK")]
    [InlineData("X-A: 1\n\n", "HTTP/1.1 200 OK")]
    [InlineData("X-A: 1\r\n\n", "HTTP/1.1 200 OK")]
    [InlineData("X-A: 1\n\r\n", "HTTP/1.1 200 OK")]
    [InlineData("Location: http://localhost/x\r\n\r\n", "HTTP/1.1 302 Found")]
    [InlineData("Status: 201\r\nLocation: /x\r\n\r\n", "HTTP/1.1 201 Created")]
    public async Task Head_Valid_GivesTheStatus(string head, string expected)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(head), Wire.EndRequest()));

        Assert.Equal(expected, exchange.StatusLine);
        Assert.DoesNotContain("\r\nstatus:", exchange.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\r\ncontent-type:", exchange.Head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Theory]
    [InlineData("Status: abc\r\n\r\n")]
    [InlineData("Status: 99\r\n\r\n")]
    [InlineData("Status: 1000\r\n\r\n")]
    [InlineData("Status:\r\n\r\n")]
    [InlineData("Status: 200\r\nStatus: 404\r\n\r\n")]
    [InlineData("Status: 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("no colon\r\n\r\n")]
    [InlineData("X A: 1\r\n\r\n")]
    [InlineData("X-A : 1\r\n\r\n")]
    [InlineData(": 1\r\n\r\n")]
    [InlineData("X-A: 1\rX-B: 2\r\n\r\n")]
    [InlineData("X-A: 1\0\r\n\r\n")]
    [InlineData("X-A: 1\u0001\r\n\r\n")]
    [InlineData("X-A: 1\r\n folded\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length: x\r\n\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("X-A: 1\r\n")]
    [InlineData("")]
    public async Task Head_Invalid_Is502AndNothingOfItReachesTheClient(string head)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(head + "X-Injected: 1"), Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.DoesNotContain("X-", exchange.Text, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
        Assert.Contains(exchange.Logs.Ours, entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Gone Fishing\r\nX-A: 1\r\n\r\n", "HTTP/1.1 404 Gone Fishing")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nStatus: 201\r\nX-A: 1\r\n\r\n", "HTTP/1.1 201 Created")]
    [InlineData("Status: 404 Not Found\r\nX-A: 1\r\n\r\n", "HTTP/1.1 404 Not Found")]
    [InlineData("HTTP/1.1 none\r\nX-A: 1\r\n\r\n", "HTTP/1.1 502 Bad Gateway")]
    public async Task AcceptStatusLine_On_ItGivesTheStatus(string head, string expected)
    {
        var exchange = await Exchange.RunAsync(
            Wire.Join(Wire.Stdout(head + "body"), Wire.EndRequest()), json: new ProxyJson() { FastCgi = """ "CheckFile": "off", "AcceptStatusLine": true """ });

        Assert.Equal(expected, exchange.StatusLine);
        Assert.Equal(exchange.Status != 502, exchange.Head.Contains("\r\nX-A: 1", StringComparison.Ordinal));
        Assert.DoesNotContain("HTTP/", exchange.Text[8..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AcceptStatusLine_Off_Is502NamingTheOption()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout("HTTP/1.1 200 OK\r\n\r\n"), Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.Contains(exchange.Logs.Ours, entry => entry.Message.Contains("AcceptStatusLine", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Head_InRecordsOfOneByte_IsJoined()
    {
        const string Output = "Status: 203 Ok\r\nX-A: 1\r\nX-B: 2\r\n\r\nbody";
        var records = Wire.Join([.. Output.Select((c, i) => Wire.Stdout(c.ToString(), padding: (byte)i)), Wire.EndRequest()]);

        var exchange = await Exchange.RunAsync(records);

        Assert.Equal("HTTP/1.1 203 Ok", exchange.StatusLine);
        Assert.Contains("\r\nX-A: 1\r\nX-B: 2", exchange.Head, StringComparison.Ordinal);
        Assert.Contains("body", exchange.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_ArrivingByteByByte_IsJoined()
    {
        var wire = Wire.Join(Wire.Stdout("X-A: 1\r\n\r\nbody", padding: 7), Wire.Stdout("", padding: 1), Wire.EndRequest(padding: 255));

        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            for (var i = 0; i < wire.Length; i++)
            {
                await connection.SendRawAsync(wire.AsMemory(i, 1));
            }

            await connection.WaitForPeerCloseAsync();
        });

        Assert.Equal("HTTP/1.1 200 OK", exchange.StatusLine);
        Assert.Contains("X-A: 1", exchange.Head, StringComparison.Ordinal);
        Assert.Contains("body", exchange.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2000, "HTTP/1.1 200 OK")]
    [InlineData(2100, "HTTP/1.1 502 Bad Gateway")]
    public async Task Head_LongerThanTheLimit_Is502NamingTheOption(int length, string expected)
    {
        var head = "X-A: " + new string('a', length) + "\r\n\r\n";

        var exchange = await Exchange.RunAsync(
            Wire.Join(Wire.Stdout(head), Wire.EndRequest()), json: new ProxyJson() { ClusterFastCgi = """ "MaxResponseHeadSize": 2048 """ });

        Assert.Equal(expected, exchange.StatusLine);
        Assert.Equal(length > 2048, exchange.Logs.Ours.Any(entry => entry.ToString().Contains("MaxResponseHeadSize", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Head_EndlessWithoutBlankLine_Is502()
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            var line = new string('a', 1000);
            while (true)
            {
                await connection.SendStdoutAsync("X-A: " + line + "\r\n");
            }
        });

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
    }

    [Fact]
    public async Task Head_HopByHopHeaders_AreDropped()
    {
        const string Head = "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\nUpgrade: h2c\r\nTE: x\r\nTrailer: X-T\r\nX-Kept: yes\r\n\r\n";

        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(Head + "body"), Wire.EndRequest()));

        Assert.Equal(200, exchange.Status);
        Assert.Contains("\r\nX-Kept: yes", exchange.Head, StringComparison.Ordinal);
        foreach (var name in new[] { "Keep-Alive", "Proxy-Connection", "Upgrade", "TE", "Trailer" })
        {
            Assert.DoesNotContain($"\r\n{name}:", exchange.Head, StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain("keep-alive", exchange.Head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Head_DateAndServerOfTheApplication_ReplaceKestrels()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(
            Wire.Stdout("Date: Wed, 21 Oct 2015 07:28:00 GMT\r\nServer: app/1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n"), Wire.EndRequest()));

        Assert.Contains("\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2", exchange.Head, StringComparison.Ordinal);
        Assert.Single(exchange.Head.Split("\r\nDate: ")[1..]);
        Assert.Contains("\r\nDate: Wed, 21 Oct 2015 07:28:00 GMT", exchange.Head, StringComparison.Ordinal);
        Assert.Single(exchange.Head.Split("\r\nServer: ")[1..]);
    }
}
