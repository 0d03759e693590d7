using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>The same head means the same on both ways through the forwarder.</summary>
public class ResponseHeadTests
{
    public static TheoryData<string, string, ForwardingPath> ValidHeads() => OnBothPaths(
        ("Status: 404 Gone Fishing\r\n\r\n", "HTTP/1.1 404 Gone Fishing"),
        ("Status: 404\r\n\r\n", "HTTP/1.1 404 Not Found"),
        ("\r\n", "HTTP/1.1 200 OK"),
        ("X-A: 1\n\n", "HTTP/1.1 200 OK"),
        ("Location: http://localhost/x\r\n\r\n", "HTTP/1.1 302 Found"),
        ("Status: 201\r\nLocation: /x\r\n\r\n", "HTTP/1.1 201 Created"),
        ("Status: 599 Own\r\n\r\n", "HTTP/1.1 599 Own"),
        ("Status: 200 Latin-1 \u00e9\r\n\r\n", "HTTP/1.1 200 OK"));

    [Theory]
    [MemberData(nameof(ValidHeads))]
    public async Task Head_Valid_GivesTheStatus(string head, string expected, ForwardingPath path)
    {
        var exchange = await RunAsync(path, Wire.Join(Latin1Stdout(head), Wire.EndRequest()));

        Assert.Equal(expected, exchange.StatusLine);
        Assert.DoesNotContain("\r\nstatus:", exchange.Head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("\r\ncontent-type:", exchange.Head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    public static TheoryData<string, string, ForwardingPath> InvalidHeads() => OnBothPaths(
        ("Status: abc\r\n\r\n", "InvalidResponseHead"),
        ("Status: 101 Switching Protocols\r\n\r\n", "InvalidResponseHead"),
        ("Status: 600\r\n\r\n", "InvalidResponseHead"),
        ("Status: 999\r\n\r\n", "InvalidResponseHead"),
        ("no colon\r\n\r\n", "InvalidResponseHead"),
        ("X-A: 1\rX-B: 2\r\n\r\n", "InvalidResponseHead"),
        ("X-A: 1\0\r\n\r\n", "InvalidResponseHead"),
        ("X-A: 1\r\n folded\r\n\r\n", "InvalidResponseHead"),
        ("Transfer-Encoding: gzip, chunked\r\n\r\n", "InvalidResponseHead"),
        ("Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "InvalidResponseHead"),
        ("Content-Length: 1, 1\r\n\r\na", "InvalidResponseHead"),
        ("X-A: 1\r\n", "NoResponse"),
        ("", "NoResponse"));

    [Theory]
    [MemberData(nameof(InvalidHeads))]
    public async Task Head_Invalid_Is502NamingTheError(string head, string error, ForwardingPath path)
    {
        var errors = new ReportedErrors();

        var exchange = await RunAsync(path, Wire.Join(Latin1Stdout(head), Wire.EndRequest()), errors: errors);

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.DoesNotContain("\r\nX-A", exchange.Text, StringComparison.Ordinal);
        Assert.Equal(path == ForwardingPath.Messages, exchange.Head.Contains(ForwardingPathExtensions.MarkerName, StringComparison.Ordinal));
        Assert.Equal(PeerClose.Graceful, exchange.Close);
        Assert.Equal(error == "NoResponse" ? ForwarderError.Request : ForwarderError.ResponseHeaders, await errors.WaitForAsync());
        Assert.StartsWith(error + " on route 'site', cluster 'app', destination 'a' (", FailureMessage(exchange.Logs), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Head_LongerThanTheLimit_Is502NamingTheSetting(ForwardingPath path)
    {
        var head = "X-A: " + new string('a', 3000) + "\r\n\r\n";

        var exchange = await RunAsync(path, Wire.Join(Wire.Stdout(head), Wire.EndRequest()), new ProxyJson() { ClusterFastCgi = """ "MaxResponseHeadSize": 2048 """ });

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.Contains("MaxResponseHeadSize (2048 bytes)", FailureMessage(exchange.Logs), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Head_OfLengthTheDefaultAllows_Passes(ForwardingPath path)
    {
        // 30 KiB in many fields, over several records.
        var fields = string.Concat(Enumerable.Range(0, 300).Select(i => $"X-Field-{i:000}: {new string('v', 85)}\r\n"));
        var records = fields.Chunk(7000).Select(part => Wire.Stdout(new string(part), padding: 3));

        var exchange = await RunAsync(path, Wire.Join([.. records, Wire.Stdout("\r\nbody"), Wire.EndRequest()]));

        Assert.Equal("HTTP/1.1 200 OK", exchange.StatusLine);
        Assert.Equal(300, exchange.Head.Split("\r\n").Count(line => line.StartsWith("X-Field-", StringComparison.Ordinal)));
        Assert.Contains("body", exchange.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Fields_Repeated_StayApart(ForwardingPath path)
    {
        var exchange = await RunAsync(path, Wire.Join(
            Wire.Stdout("Set-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT\r\nSet-Cookie: b=2\r\nLink: </a>\r\nLink: </b>\r\nSet-Cookie: c=3\r\n\r\n"), Wire.EndRequest()));

        Assert.Equal(
            ["Set-Cookie: a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT", "Set-Cookie: b=2", "Set-Cookie: c=3"],
            exchange.Head.Split("\r\n").Where(line => line.StartsWith("Set-Cookie:", StringComparison.Ordinal)));
        Assert.Equal(["Link: </a>", "Link: </b>"], exchange.Head.Split("\r\n").Where(line => line.StartsWith("Link:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Fields_ThatAreNoLists_TheFirstCounts(ForwardingPath path)
    {
        string[] names =
        [
            "Age", "Content-Disposition", "Content-Location", "Content-Range", "Content-Type", "Date", "ETag", "Expires", "Last-Modified", "Location", "Retry-After",
            "Server", "Strict-Transport-Security",
        ];

        var exchange = await RunAsync(path, Wire.Join(
            Wire.Stdout("Status: 200\r\n" + string.Concat(names.Select(name => $"{name}: \"1\"\r\n{name.ToLowerInvariant()}: \"2\"\r\n")) + "\r\nbody"), Wire.EndRequest()));

        var lines = exchange.Head.Split("\r\n");
        Assert.All(names, name => Assert.Equal(
            "\"1\"", Assert.Single(lines, line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))[(name.Length + 2)..]));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Fields_HopByHop_AreDropped(ForwardingPath path)
    {
        string[] dropped = ["Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: close", "Proxy-Authenticate: Basic", "Upgrade: h2c", "TE: trailers", "Trailer: X-T"];

        var exchange = await RunAsync(path, Wire.Join(Wire.Stdout(string.Concat(dropped.Select(field => field + "\r\n")) + "X-Kept: yes\r\n\r\nbody"), Wire.EndRequest()));

        Assert.Equal(200, exchange.Status);
        Assert.Contains("\r\nX-Kept: yes", exchange.Head, StringComparison.Ordinal);
        Assert.All(dropped, field => Assert.DoesNotContain(field, exchange.Head, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task ContentLength_TwiceTheSame_Counts(ForwardingPath path)
    {
        var exchange = await RunAsync(path, Wire.Join(Wire.Stdout("Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody"), Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 200 OK", exchange.StatusLine);
        Assert.Equal("body", exchange.Body);
        Assert.Single(exchange.Head.Split("\r\n"), line => line.StartsWith("Content-Length", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Messages, true)]
    [InlineData(ForwardingPath.Messages, false)]
    public async Task Informational_BeforeTheFinalHead_IsSwallowed(ForwardingPath path, bool inOneRecord)
    {
        string[] parts = ["Status: 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n", "Status: 100\r\n\r\n", "Status: 201\r\nX-A: 1\r\n\r\nbody"];

        var exchange = await RunAsync(path, Wire.Join([.. inOneRecord ? [Wire.Stdout(string.Concat(parts))] : parts.Select(part => Wire.Stdout(part, padding: 9)), Wire.EndRequest()]));

        Assert.Equal("HTTP/1.1 201 Created", exchange.StatusLine);
        Assert.DoesNotContain("Link", exchange.Text, StringComparison.Ordinal);
        Assert.Contains("\r\nX-A: 1", exchange.Head, StringComparison.Ordinal);
        Assert.Contains("body", exchange.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("then END_REQUEST")]
    [InlineData("for ever")]
    public async Task Informational_WithoutAFinalHead_Is502(string what)
    {
        var informational = Wire.Stdout("Status: 103\r\nLink: </a>\r\n\r\n");
        var heads = Enumerable.Repeat(informational, what == "for ever" ? 1000 : 1);

        var exchange = await RunAsync(ForwardingPath.Direct, Wire.Join([.. heads, Wire.EndRequest()]));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.DoesNotContain("Link", exchange.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Value_BeyondAsciiWhereKestrelAllowsAsciiOnly_Is502NamingTheWayOut(ForwardingPath path)
    {
        var exchange = await RunAsync(path, Wire.Join(Latin1Stdout("X-Name: caf\u00e9\r\n\r\nbody"), Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.Contains("ResponseHeaderEncodingSelector", FailureMessage(exchange.Logs), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Value_BeyondAsciiWithLatin1InKestrel_PassesByteByByte(ForwardingPath path)
    {
        var bytes = string.Concat(Enumerable.Range(0x80, 0x80).Select(i => (char)i));

        var exchange = await RunAsync(
            path, Wire.Join(Latin1Stdout($"X-Name: a{bytes}z\r\n\r\nbody"), Wire.EndRequest()), kestrel: kestrel => kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1);

        Assert.Contains($"\r\nX-Name: a{bytes}z", exchange.Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http2_Head_HasTheSameFieldsAndNoReason(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(404, "Gone Fishing", "not here")
            .WithHeader("Set-Cookie", "a=1").WithHeader("Set-Cookie", "b=2").WithHeader("Connection", "close").WithHeader("X-A", "1"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.GetAsync(http2: true);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("Set-Cookie"));
        Assert.Equal(["1"], response.Headers.GetValues("X-A"));
        Assert.False(response.Headers.Contains("Connection"));
        Assert.False(response.Headers.Contains("Status"));
        Assert.Equal("not here", await response.Content.ReadAsStringAsync());
    }

    private static TheoryData<string, string, ForwardingPath> OnBothPaths(params (string, string)[] cases)
    {
        var data = new TheoryData<string, string, ForwardingPath>();
        foreach (var (one, two) in cases)
        {
            data.Add(one, two, ForwardingPath.Direct);
            data.Add(one, two, ForwardingPath.Messages);
        }

        return data;
    }

    private static byte[] Latin1Stdout(string text) => Wire.Record(WireRecordType.Stdout, Encoding.Latin1.GetBytes(text));

    private static string FailureMessage(CapturedLogs logs) => Assert.Single(logs.Ours, entry => entry.EventId.Name == "ForwardingFailed").Message;

    private static async Task<Exchange> RunAsync(
        ForwardingPath path, byte[] response, ProxyJson? json = null, ReportedErrors? errors = null, Action<KestrelServerOptions>? kestrel = null)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendRawAsync(response);
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = (json ?? new ProxyJson()).At(responder.Address).On(path).ToString(),
            Pipeline = (errors ?? new ReportedErrors()).Listen,
            Kestrel = kestrel ?? (_ => { }),
        });
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, close) = await client.ReadToEndAsync();
        await responder.WaitForConnectionClosedAsync();
        return new Exchange(text, close, proxy.Logs);
    }
}
