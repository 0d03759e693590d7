using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Security;

/// <summary>
/// Whatever either side sends: the right kind of status, a log line that names what and where, and the next request is served, over the same
/// connection unless that was closed.
/// </summary>
public class BadInputTests
{
    private const string Site = "route 'site', cluster 'app', destination 'a' (unix:";
    private const string Host = "Host: localhost\r\n";

    /// <summary>What a client sends, and how Kestrel's or our log line tells of it.</summary>
    public static TheoryData<string, int, string, string> OfClients() => new()
    {
        // Ours.
        { $"GET /a%0Ab.php HTTP/1.1\r\n{Host}\r\n", 400, "PathRefused", @"'/a\u000ab.php'" },
        { $"GET /a.php%0D%0AX-A:%201 HTTP/1.1\r\n{Host}\r\n", 400, "PathRefused", @"'/a.php\u000d\u000aX-A: 1'" },
        { $"GET /a.php/%7F?q HTTP/1.1\r\n{Host}\r\n", 400, "PathRefused", @"'/a.php/\u007f'" },
        { $"GET /%1B[31m HTTP/1.1\r\n{Host}\r\n", 400, "PathRefused", @"'/\u001b[31m'" },
        { $"GET /{new string('a', 300)}%01 HTTP/1.1\r\n{Host}\r\n", 400, "PathRefused", "aaa\u2026'" },
        { $"POST /a%0Ab.php HTTP/1.1\r\n{Host}Content-Length: 4\r\n\r\nbody", 400, "PathRefused", @"'/a\u000ab.php'" },
        { $"GET /missing.php HTTP/1.1\r\n{Host}\r\n", 404, "ScriptNotFound", "'/missing.php'" },
        { $"GET /x.jpg/y.php HTTP/1.1\r\n{Host}\r\n", 404, "ScriptNotFound", "'/x.jpg/y.php'" },
        { $"GET //good.php HTTP/1.1\r\n{Host}\r\n", 404, "ScriptNotFound", "'//good.php'" },
        { $"GET /.git/good.php HTTP/1.1\r\n{Host}\r\n", 404, "ScriptNotFound", "'/.git/good.php'" },
        { $"GET /good.php HTTP/1.1\r\n{Host}X_Api_Key: 1\r\nX-Api-Key: 2\r\n\r\n", 400, "ForwardingFailed", "'X_Api_Key' and 'X-Api-Key'" },
        { $"GET /good.php HTTP/1.1\r\n{Host}X-Long: {new string('v', 70_000)}\r\n\r\n", 431, "ForwardingFailed", "HTTP_X_LONG has 70000 bytes" },
        { $"GET /good.php?{new string('q', 66_000)} HTTP/1.1\r\n{Host}\r\n", 431, "ForwardingFailed", "REQUEST_URI has 66010 bytes" },
        { $"POST /good.php HTTP/1.1\r\n{Host}Content-Length: 5001\r\n\r\n", 413, "ForwardingFailed", "Request body too large" },
        { $"POST /good.php HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n1389\r\n{new string('b', 5001)}\r\n0\r\n\r\n", 413, "ForwardingFailed", "Request body too large" },
        { $"POST /good.php HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\nxyz\r\nbody\r\n", 400, "ForwardingFailed", "Bad chunk size" },
        { $"POST /good.php HTTP/1.1\r\n{Host}Transfer-Encoding: chunked\r\n\r\n4\r\nbodyX\r\n0\r\n\r\n", 400, "ForwardingFailed", "Bad chunk suffix" },

        // Kestrel's.
        { $"GET /a%00b.php HTTP/1.1\r\n{Host}\r\n", 400, "Kestrel", "Invalid request target" },
        { $"GET /a b.php HTTP/1.1\r\n{Host}\r\n", 400, "Kestrel", "Invalid request" },
        { $"GET /a\0b.php HTTP/1.1\r\n{Host}\r\n", 400, "Kestrel", "Invalid request" },
        { $"GET good.php HTTP/1.1\r\n{Host}\r\n", 405, "Kestrel", "Method not allowed" },
        { $"G(T /good.php HTTP/1.1\r\n{Host}\r\n", 400, "Kestrel", "Invalid request line" },
        { $"GET /good.php HTTP/3.7\r\n{Host}\r\n", 505, "Kestrel", "Unrecognized HTTP version" },
        { $"GET /good.php?{new string('q', 80_000)} HTTP/1.1\r\n{Host}\r\n", 414, "Kestrel", "Request line too long" },
        { "GET /good.php HTTP/1.1\r\n\r\n", 400, "Kestrel", "Host" },
        { $"GET /good.php HTTP/1.1\r\n{Host}{Host}\r\n", 400, "Kestrel", "Host" },
        { "GET /good.php HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "Kestrel", "Host" },
        { $"GET /good.php HTTP/1.1\r\n{Host}no colon\r\n\r\n", 400, "Kestrel", "Invalid request header" },
        { $"GET /good.php HTTP/1.1\r\n{Host}X-A : 1\r\n\r\n", 400, "Kestrel", "Invalid request header" },
        { $"GET /good.php HTTP/1.1\r\n{Host}X-A: 1\r\n folded\r\n\r\n", 400, "Kestrel", "Invalid request header" },
        { $"GET /good.php HTTP/1.1\r\n{Host}X-A: \0\r\n\r\n", 400, "Kestrel", "Malformed request: invalid headers" },
        { $"GET /good.php HTTP/1.1\r\n{Host}X-A: {new string('v', 200_000)}\r\n\r\n", 431, "Kestrel", "Request headers too long" },
        { $"POST /good.php HTTP/1.1\r\n{Host}Content-Length: -1\r\n\r\n", 400, "Kestrel", "Invalid content length: -1" },
        { $"POST /good.php HTTP/1.1\r\n{Host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody", 400, "Kestrel", "Multiple Content-Length headers" },
        { $"POST /good.php HTTP/1.1\r\n{Host}Transfer-Encoding: gzip\r\n\r\nbody", 400, "Kestrel", "chunked" },
    };

    [Theory]
    [MemberData(nameof(OfClients))]
    public async Task Client_SendsBadInput_IsAnsweredLoggedAndTheNextRequestServed(string input, int status, string logged, string fragment)
    {
        using var directory = CreateSite();
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("good"));
        await using var proxy = await StartAsync(responder, directory);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Encoding.Latin1.GetBytes(input));
        var answer = await ReadAsync(client);

        Assert.Equal(status, answer.Status);
        Assert.Empty(responder.Requests);
        await AssertNextIsServedAsync(proxy, answer.IsClosed ? null : client);
        if (logged == "Kestrel")
        {
            // Nothing is known of a route yet.
            Assert.True(answer.IsClosed);
            var entry = await proxy.Logs.WaitForAsync(entry => entry.Category == "Microsoft.AspNetCore.Server.Kestrel.BadRequests", "Kestrel's reason");
            Assert.Contains(fragment, entry.Message, StringComparison.Ordinal);
            return;
        }

        AssertLogged(proxy, logged, fragment, logged == "ScriptNotFound" ? LogLevel.Debug : LogLevel.Warning);
    }

    /// <summary>What an application sends; status 0 is a response that has begun and ends with a reset.</summary>
    public static TheoryData<byte[], int, string, string> OfApplications() => new()
    {
        { [], 502, "ForwardingFailed", "closed the connection before its response head was complete" },
        { [1, 6, 0], 502, "ForwardingFailed", "closed the connection before its response head was complete" },
        { Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n\r\nno FastCGI"), 502, "ForwardingFailed", "another protocol version" },
        { Wire.EndRequest(), 502, "ForwardingFailed", "without a complete response head" },
        { Wire.EndRequest(protocolStatus: 1), 502, "ForwardingFailed", "FCGI_CANT_MPX_CONN" },
        { Wire.EndRequest(protocolStatus: 2), 503, "ForwardingFailed", "FCGI_OVERLOADED" },
        { Wire.EndRequest(protocolStatus: 3), 502, "ForwardingFailed", "FCGI_UNKNOWN_ROLE" },
        { Wire.EndRequest(protocolStatus: 9), 502, "ForwardingFailed", "unknown protocol status 9" },
        { Wire.EndRequest(requestId: 2), 502, "ForwardingFailed", "request id 2" },
        { Wire.Record(WireRecordType.Stdout, "x", requestId: 0), 502, "ForwardingFailed", "request id 0" },
        { Wire.Record(WireRecordType.EndRequest, new byte[7]), 502, "ForwardingFailed", "shorter than 8 bytes" },
        { Head("Status: abc\r\n\r\n"), 502, "ForwardingFailed", "Status, or the status line, is not a code" },
        { Head("Status: 600\r\n\r\n"), 502, "ForwardingFailed", "has status 600" },
        { Head("Status: 101\r\n\r\n"), 502, "ForwardingFailed", "no upgrade was asked for" },
        { Head("HTTP/1.1 200 OK\r\n\r\n"), 502, "ForwardingFailed", "AcceptStatusLine" },
        { Head("no colon\r\n\r\n"), 502, "ForwardingFailed", "has no colon" },
        { Head("X A: 1\r\n\r\n"), 502, "ForwardingFailed", "a header name is empty or has a character that is not allowed" },
        { Head("X-A: 1\rX-B: 2\r\n\r\n"), 502, "ForwardingFailed", "a header value has a control character" },
        { Head("X-A: 1\r\n folded\r\n\r\n"), 502, "ForwardingFailed", "begins with a blank" },
        { Head("X-A: 1\r\n"), 502, "ForwardingFailed", "without a complete response head" },
        { Head("Content-Length: x\r\n\r\n"), 502, "ForwardingFailed", "Content-Length is not a number of bytes" },
        { Head("Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 502, "ForwardingFailed", "more than once with different values" },
        { Head("Transfer-Encoding: gzip\r\n\r\n"), 502, "ForwardingFailed", "another Transfer-Encoding than chunked" },
        { Head("Transfer-Encoding: chunked\r\n\r\nno chunk"), 502, "ForwardingFailed", "is not in the chunked coding" },
        { Head($"X-A: {new string('a', 40_000)}\r\n\r\n"), 502, "ForwardingFailed", "MaxResponseHeadSize (32768 bytes)" },
        { Head(string.Concat(Enumerable.Repeat("Status: 103\r\n\r\n", 20))), 502, "ForwardingFailed", "did not come after 16 informational ones" },
        { Head("Content-Length: 100\r\n\r\nshort"), 0, "ResponseCutShort", "95 bytes shorter" },
        { Head("X-A: 1\r\n\r\nbody", protocolStatus: 2), 0, "ResponseCutShort", "protocol status Overloaded" },
        { Head("Content-Length: 4\r\n\r\nbody and more"), 200, "ResponseTooLong", "longer than its Content-Length" },
        { Wire.Join(Wire.Record((WireRecordType)99, "?"), Head("Content-Length: 4\r\n\r\nbody")), 200, "RecordsSkipped", "a record of type 99" },
        { Wire.Join(Wire.Stderr("a\rforged\n"), Head("Content-Length: 4\r\n\r\nbody")), 200, "Stderr", "a\uFFFDforged" },
        { Head("Content-Length: 4\r\n\r\nbody", appStatus: 9), 200, "AppStatus", "app status 9" },
    };

    [Theory]
    [MemberData(nameof(OfApplications))]
    public async Task Application_SendsBadInput_IsAnsweredLoggedAndTheNextRequestServed(byte[] input, int status, string logged, string fragment)
    {
        using var directory = CreateSite();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            if (connection.Number > 1)
            {
                await connection.SendReplyAsync(Reply.Text("good"));
                await connection.WaitForPeerCloseAsync();
                return;
            }

            await connection.SendRawAsync(input);
            connection.ShutdownSend();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await StartAsync(responder, directory);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET /good.php HTTP/1.1\r\n{Host}\r\n");
        var answer = await ReadAsync(client);

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 0, answer.IsClosed);
        Assert.Equal(status == 200 ? "body" : "", answer.Body);
        await AssertNextIsServedAsync(proxy, answer.IsClosed ? null : client);
        AssertLogged(proxy, logged, fragment, LogLevel.Warning);
    }

    private static byte[] Head(string output, byte protocolStatus = 0, uint appStatus = 0)
        => Wire.Join(Wire.Stdout(output), Wire.EndRequest(appStatus, protocolStatus));

    private static void AssertLogged(TestProxy proxy, string name, string fragment, LogLevel level)
    {
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.Level > LogLevel.Debug || entry.EventId.Name == name);
        Assert.Equal(name, entry.EventId.Name);
        Assert.Equal(level, entry.Level);
        Assert.Contains(fragment, entry.Message, StringComparison.Ordinal);
        Assert.Contains(Site, entry.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(entry.Message, char.IsControl);
    }

    private static async Task AssertNextIsServedAsync(TestProxy proxy, RawHttpConnection? client)
    {
        using var next = client is null ? await proxy.ConnectAsync() : null;
        client ??= next!;
        await client.SendAsync($"GET /good.php HTTP/1.1\r\n{Host}\r\n");

        Assert.Equal(new Answer(200, "good", IsClosed: false), await ReadAsync(client));
    }

    private static async Task<Answer> ReadAsync(RawHttpConnection client)
    {
        string head;
        try
        {
            head = await client.ReadHeadAsync();
        }
        catch (PeerClosedException exception) when (exception.Close == PeerClose.Reset)
        {
            return new Answer(0, "", IsClosed: true);
        }

        var status = int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture);
        if (head.Contains("\r\nConnection: close\r\n", StringComparison.Ordinal))
        {
            var (rest, _) = await client.ReadToEndAsync();
            return new Answer(status, rest, IsClosed: true);
        }

        var body = new StringBuilder();
        try
        {
            if (head.Contains("\r\nTransfer-Encoding: chunked\r\n", StringComparison.Ordinal))
            {
                while (await client.ReadChunkAsync() is { Length: > 0 } chunk)
                {
                    body.Append(Encoding.Latin1.GetString(chunk));
                }
            }
            else
            {
                var length = head[(head.IndexOf("\r\nContent-Length: ", StringComparison.Ordinal) + 18)..].Split('\r')[0];
                body.Append(Encoding.Latin1.GetString(await client.ReadExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture))));
            }
        }
        catch (PeerClosedException exception) when (exception.Close == PeerClose.Reset)
        {
            return new Answer(0, "", IsClosed: true);
        }

        return new Answer(status, body.ToString(), IsClosed: false);
    }

    private static TempDirectory CreateSite()
    {
        var directory = new TempDirectory();
        foreach (var file in new[] { "good.php", "x.jpg", ".git/good.php" })
        {
            directory.WriteFile(file, "");
        }

        return directory;
    }

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, TempDirectory directory) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(responder.Address) { FastCgi = $""" "DocumentRoot": "{directory.Path}", "UnderscoreHeaders": "X_Api_Key" """ }.ToString(),
        Kestrel = kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 5000;
            kestrel.Limits.MaxRequestLineSize = 70_000;
            kestrel.Limits.MaxRequestBufferSize = 300_000;
            kestrel.Limits.MaxRequestHeadersTotalSize = 100_000;
        },
    });

    private sealed record Answer(int Status, string Body, bool IsClosed);
}
