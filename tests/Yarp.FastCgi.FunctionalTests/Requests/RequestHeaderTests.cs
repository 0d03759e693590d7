using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

public class RequestHeaderTests
{
    [Theory]
    [InlineData("Proxy: http://evil.example", "HTTP_PROXY")]
    [InlineData("pROXY: http://evil.example", "HTTP_PROXY")]
    [InlineData("Content_Length: 5", "HTTP_CONTENT_LENGTH")]
    [InlineData("X_Real_Ip: 10.0.0.1", "HTTP_X_REAL_IP")]
    [InlineData("X.Real.Ip: 10.0.0.1", "HTTP_X_REAL_IP")]
    [InlineData("X.Real.Ip: 10.0.0.1", "HTTP_X.REAL.IP")]
    [InlineData("Connection: X-Secret\r\nX-Secret: 1", "HTTP_X_SECRET")]
    [InlineData("Keep-Alive: 5", "HTTP_KEEP_ALIVE")]
    [InlineData("TE: trailers", "HTTP_TE")]
    [InlineData("Proxy-Connection: close", "HTTP_PROXY_CONNECTION")]
    [InlineData("Content-Length: 0", "HTTP_CONTENT_LENGTH")]
    [InlineData("Content-Type: text/plain", "HTTP_CONTENT_TYPE")]
    public async Task Header_Dangerous_IsNoParam(string header, string param)
    {
        var request = await AskAsync(header);

        Assert.Null(request[param]);
    }

    [Fact]
    public async Task Header_NamedByConnection_IsNoParamBehindTransformsEither()
    {
        var request = await AskAsync("Connection: X-Secret\r\nX-Secret: 1\r\nX-Plain: 2", route: """ "Transforms": [ { "RequestHeader": "X-Set", "Set": "3" } ] """);

        Assert.Null(request["HTTP_X_SECRET"]);
        Assert.Equal("2", request["HTTP_X_PLAIN"]);
        Assert.Equal("3", request["HTTP_X_SET"]);
    }

    [Theory]
    [InlineData("X-Empty:", "HTTP_X_EMPTY", "")]
    [InlineData("X-A: 1\r\nX-A: 2", "HTTP_X_A", "1, 2")]
    [InlineData("Cookie: a=1\r\nCookie: b=2", "HTTP_COOKIE", "a=1; b=2")]
    [InlineData("Authorization: Bearer t", "HTTP_AUTHORIZATION", "Bearer t")]
    [InlineData("x-lower-09: v", "HTTP_X_LOWER_09", "v")]
    public async Task Header_Ordinary_IsAParam(string header, string param, string value)
    {
        var request = await AskAsync(header);

        Assert.Equal(value, request[param]);
    }

    [Fact]
    public async Task Params_OfTheUser_WinOverEverything()
    {
        var request = await AskAsync("X-A: client\r\nX-B: client", """ "Params": { "HTTP_X_A": "user", "HTTP_X_B": "", "SERVER_SOFTWARE": "mine", "QUERY_STRING": "fixed" } """);

        Assert.Equal("user", request["HTTP_X_A"]);
        Assert.Null(request["HTTP_X_B"]);
        Assert.Equal("mine", request["SERVER_SOFTWARE"]);
        Assert.Equal("fixed", request["QUERY_STRING"]);
    }

    [Fact]
    public async Task Params_MoreThanOneRecord_AreSplitBetweenPairs()
    {
        var headers = string.Join("\r\n", Enumerable.Range(0, 60).Select(i => $"X-Long-{i}: {new string('v', 2000 + i)}"));

        var request = await AskAsync(headers);

        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(2000 + i, request[$"HTTP_X_LONG_{i}"]?.Length);
        }

        Assert.True(request.Records.Count(record => record.Type == WireRecordType.Params) > 2);
    }

    [Fact]
    public async Task Params_PairThatFitsNoRecord_Is431WithoutConnection()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET / HTTP/1.1\r\nHost: localhost\r\nX-Huge: {new string('v', 70_000)}\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 431 ", text, StringComparison.Ordinal);
        Assert.Empty(responder.Requests);
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("HTTP_X_HUGE", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET http://shop.example:81/a?b HTTP/1.1\r\nHost: shop.example:81\r\n", "shop.example:81", "shop.example")]
    [InlineData("GET /a?b HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n", "[2001:db8::1]:8080", "[2001:db8::1]")]
    [InlineData("GET /a?b HTTP/1.0\r\nHost: Shop.Example\r\n", "Shop.Example", "shop.example")]
    public async Task Host_OfEveryForm_IsHttpHostAndServerName(string start, string host, string serverName)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(start + "Connection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.Contains(" 200 OK", text, StringComparison.Ordinal);
        var request = Assert.Single(responder.Requests);
        Assert.Equal(host, request["HTTP_HOST"]);
        Assert.Equal(serverName, request["SERVER_NAME"]);
        Assert.Equal("b", request["QUERY_STRING"]);
        Assert.EndsWith("/a?b", request["REQUEST_URI"], StringComparison.Ordinal);
        Assert.Equal(start.Contains("HTTP/1.0", StringComparison.Ordinal) ? "HTTP/1.0" : "HTTP/1.1", request["SERVER_PROTOCOL"]);
    }

    [Theory]
    [InlineData("/a%2Fb//c/%7Ed?q=%20+&r")]
    [InlineData("/a/./b/../c")]
    [InlineData("/?")]
    public async Task RequestUri_Target_IsRaw(string target)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await client.ReadToEndAsync();

        Assert.Equal(target, Assert.Single(responder.Requests)["REQUEST_URI"]);
    }

    [Fact]
    public async Task Request_Role_IsResponderWithoutFlags()
    {
        var request = await AskAsync("X-A: 1");

        Assert.Equal(1, request.Role);
        Assert.Equal(0, request.Flags);
        Assert.Equal(
            [WireRecordType.BeginRequest, WireRecordType.Params, WireRecordType.Params, WireRecordType.Stdin],
            request.Records.Select(record => record.Type));
    }

    private static async Task<ReceivedRequest> AskAsync(string headers, string fastCgi = "", string route = "")
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder, fastCgi, route);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK", await client.ReadHeadAsync(), StringComparison.Ordinal);
        return Assert.Single(responder.Requests);
    }

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, string fastCgi = "", string route = "") => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(responder.Address)
        {
            FastCgi = """ "CheckFile": "Off" """ + (fastCgi.Length == 0 ? "" : "," + fastCgi),
            Route = route,
        }.ToString(),
        Kestrel = kestrel =>
        {
            kestrel.Limits.MaxRequestHeadersTotalSize = 400_000;
            kestrel.Limits.MaxRequestHeaderCount = 200;
        },
    });
}
