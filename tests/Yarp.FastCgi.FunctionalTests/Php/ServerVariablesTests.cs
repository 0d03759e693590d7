using System.Globalization;
using System.Text.Json;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

/// <summary>What PHP finds in $_SERVER is what an application sees of us: compared whole, so that nothing is missing and nothing is too much.</summary>
public class ServerVariablesTests
{
    private const string Dump = "<?php header('Content-Type: application/json'); echo json_encode($_SERVER, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);";

    // PHP makes these itself; php-cgi shows its environment as well.
    private static readonly string[] MadeByPhp = ["PHP_SELF", "REQUEST_TIME", "REQUEST_TIME_FLOAT", "FCGI_ROLE", "USER", "HOME", "PHP_FCGI_CHILDREN"];

    private static readonly string ServerSoftware = "Yarp.FastCgi/" + typeof(FastCgiRouteOptions).Assembly.GetName().Version!.ToString(3);

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpFpm_GetWithPathInfo_SeesExactlyTheExpectedParams()
    {
        await using var fpm = await PhpFpm.StartAsync();
        await AssertGetWithPathInfoAsync(fpm.Address, fpm.Files);
    }

    [RequiresProgramFact(ExternalProgram.PhpCgi)]
    public async Task PhpCgi_GetWithPathInfo_SeesExactlyTheExpectedParams()
    {
        await using var cgi = await PhpCgi.StartAsync();
        await AssertGetWithPathInfoAsync(cgi.Address, cgi.Files);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpFpm_PostToTheRoot_SeesExactlyTheExpectedParams()
    {
        await using var fpm = await PhpFpm.StartAsync();
        await AssertPostAsync(fpm.Address, fpm.Files);
    }

    [RequiresProgramFact(ExternalProgram.PhpCgi)]
    public async Task PhpCgi_PostToTheRoot_SeesExactlyTheExpectedParams()
    {
        await using var cgi = await PhpCgi.StartAsync();
        await AssertPostAsync(cgi.Address, cgi.Files);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpFpm_Http2_SeesHostAndProtocol()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("index.php", Dump);

        var seen = Parse(await site.Proxy.Http2Client.GetStringAsync("/"));

        Assert.Equal("HTTP/2.0", seen["SERVER_PROTOCOL"]);
        Assert.Equal(site.Proxy.Http2Client.BaseAddress!.Authority, seen["HTTP_HOST"]);
        Assert.Equal("127.0.0.1", seen["SERVER_NAME"]);
        Assert.DoesNotContain(seen.Keys, name => name.Contains(':', StringComparison.Ordinal));
    }

    private static async Task AssertGetWithPathInfoAsync(string address, PhpFiles files)
    {
        files.Write("sub/info.php", Dump);
        await using var proxy = await StartAsync(address, files);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(
            "GET /sub/info.php/extra%20path/x?a=1&b=%C3%A9+c HTTP/1.1\r\nHost: Shop.Example:8443\r\nUser-Agent: test\r\nAccept: */*\r\n" +
            "Cookie: a=1\r\nCookie: b=2\r\nX-Custom: one\r\nX-Custom: two\r\nX_Under_Score: no\r\nX.Dot: no\r\nProxy: http://evil.example\r\nRemote-User: root\r\n" +
            "Connection: close\r\nTE: trailers\r\nKeep-Alive: 5\r\nUpgrade: h2c\r\n\r\n");
        var seen = Parse(await ReadBodyAsync(client));

        AssertSame(
            Common(proxy, client, files, new()
            {
                ["REQUEST_METHOD"] = "GET",
                ["REQUEST_URI"] = "/sub/info.php/extra%20path/x?a=1&b=%C3%A9+c",
                ["QUERY_STRING"] = "a=1&b=%C3%A9+c",
                ["DOCUMENT_URI"] = "/sub/info.php/extra path/x",
                ["SCRIPT_NAME"] = "/sub/info.php",
                ["SCRIPT_FILENAME"] = files.Root + "/sub/info.php",
                ["PATH_INFO"] = "/extra path/x",
                ["PATH_TRANSLATED"] = files.Root + "/extra path/x",
                ["SERVER_NAME"] = "shop.example",
                ["HTTP_HOST"] = "Shop.Example:8443",
                ["HTTP_USER_AGENT"] = "test",
                ["HTTP_ACCEPT"] = "*/*",
                ["HTTP_COOKIE"] = "a=1; b=2",
                ["HTTP_X_CUSTOM"] = "one, two",
                ["HTTP_REMOTE_USER"] = "root",
                ["APP_ENV"] = "test",
            }),
            seen);
    }

    private static async Task AssertPostAsync(string address, PhpFiles files)
    {
        files.Write("index.php", Dump);
        await using var proxy = await StartAsync(address, files);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(
            "POST / HTTP/1.1\r\nHost: [::1]\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\nAuthorization: Basic YTpi\r\nConnection: close\r\n\r\na=1");
        var seen = Parse(await ReadBodyAsync(client));

        // PHP itself decodes Authorization into these two.
        Assert.Equal("a", seen["PHP_AUTH_USER"]);
        Assert.Equal("b", seen["PHP_AUTH_PW"]);
        seen.Remove("PHP_AUTH_USER");
        seen.Remove("PHP_AUTH_PW");
        AssertSame(
            Common(proxy, client, files, new()
            {
                ["REQUEST_METHOD"] = "POST",
                ["REQUEST_URI"] = "/",
                ["QUERY_STRING"] = "",
                ["DOCUMENT_URI"] = "/index.php",
                ["SCRIPT_NAME"] = "/index.php",
                ["SCRIPT_FILENAME"] = files.Root + "/index.php",
                ["PATH_INFO"] = "",
                ["CONTENT_TYPE"] = "application/x-www-form-urlencoded",
                ["CONTENT_LENGTH"] = "3",
                ["SERVER_NAME"] = "[::1]",
                ["HTTP_HOST"] = "[::1]",
                ["HTTP_AUTHORIZATION"] = "Basic YTpi",
                ["APP_ENV"] = "test",
            }),
            seen);
    }

    private static SortedDictionary<string, string> Common(TestProxy proxy, RawHttpConnection client, PhpFiles files, Dictionary<string, string> own) => new(own, StringComparer.Ordinal)
    {
        ["GATEWAY_INTERFACE"] = "CGI/1.1",
        ["SERVER_SOFTWARE"] = ServerSoftware,
        ["SERVER_PROTOCOL"] = "HTTP/1.1",
        ["SERVER_ADDR"] = "127.0.0.1",
        ["SERVER_PORT"] = proxy.EndPoint.Port.ToString(CultureInfo.InvariantCulture),
        ["REMOTE_ADDR"] = "127.0.0.1",
        ["REMOTE_PORT"] = client.LocalPort.ToString(CultureInfo.InvariantCulture),
        ["REQUEST_SCHEME"] = "http",
        ["DOCUMENT_ROOT"] = files.Root,
        ["REDIRECT_STATUS"] = "200",
    };

    private static void AssertSame(SortedDictionary<string, string> expected, SortedDictionary<string, string> seen)
    {
        // Another for each request.
        Assert.True(seen.Remove("HTTP_TRACEPARENT", out var traceParent));
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", traceParent);
        var expectedLines = expected.Select(pair => $"{pair.Key}={pair.Value}").ToList();
        var seenLines = seen.Select(pair => $"{pair.Key}={pair.Value}").ToList();
        Assert.Empty(expectedLines.Except(seenLines));
        Assert.Empty(seenLines.Except(expectedLines));
    }

    private static Task<TestProxy> StartAsync(string address, PhpFiles files) => TestProxy.StartAsync(new ProxyJson(address)
    {
        FastCgi = $$""" "DocumentRoot": "{{files.Root}}", "Params": { "APP_ENV": "test" } """,
    });

    private static async Task<string> ReadBodyAsync(RawHttpConnection client)
    {
        var (text, _) = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", text, StringComparison.Ordinal);

        // Chunked or with a length: the JSON is the only part in braces.
        return text[text.IndexOf('{', StringComparison.Ordinal)..(text.LastIndexOf('}') + 1)];
    }

    private static SortedDictionary<string, string> Parse(string json)
    {
        var all = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
        return new(all.Where(pair => !MadeByPhp.Contains(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value.ToString()), StringComparer.Ordinal);
    }
}
