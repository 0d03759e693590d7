using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

/// <summary>PassRequestHeaders and UnderscoreHeaders, with and without transforms.</summary>
public class RequestHeaderPolicyTests
{
    private const string Transforms = """ "Transforms": [ { "RequestHeader": "X-Set", "Set": "3" } ] """;

    [Theory]
    [InlineData("")]
    [InlineData(Transforms)]
    public async Task PassRequestHeaders_False_PassesTheCgiSetOnly(string route)
    {
        var (status, request, _) = await AskAsync(
            "GET / HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\nCookie: a=1\r\nIf-None-Match: \"x\"\r\nRange: bytes=0-1\r\nAuthorization: Basic YTpi\r\n" +
            "X-Custom: 1\r\nX-Forwarded-For: 1.2.3.4\r\nOrigin: http://o.example\r\nX_Api_Key: k\r\nX_Other: o\r\n",
            """ "PassRequestHeaders": false, "UnderscoreHeaders": [ "X_Api_Key" ] """,
            route);

        Assert.Equal(200, status);
        Assert.Equal(
            ["HTTP_ACCEPT", "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_HOST", "HTTP_IF_NONE_MATCH", "HTTP_RANGE", "HTTP_TRACEPARENT", "HTTP_X_API_KEY"],
            request!.Params.Select(param => param.Name).Where(name => name.StartsWith("HTTP_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task UnderscoreHeaders_Named_ArePassedAsTheyAreAndOthersDropped()
    {
        var (_, request, _) = await AskAsync(
            "GET / HTTP/1.1\r\nHost: shop.example\r\nx_api_key: k\r\nX.Dot: d\r\nX_Other: o\r\n",
            """ "UnderscoreHeaders": [ "X_Api_Key", "X.Dot" ] """);

        Assert.Equal("k", request!["HTTP_X_API_KEY"]);
        Assert.Equal("d", request["HTTP_X.DOT"]);
        Assert.Null(request["HTTP_X_OTHER"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Transforms)]
    public async Task UnderscoreHeaders_TwoSpellings_Are400AndTheNextRequestIsServed(string route)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = """ "CheckFile": "Off", "UnderscoreHeaders": "X_Api_Key" """,
            Route = route,
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: forged\r\nX_Api_Key: k\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Empty(responder.Requests);
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("'X-Api-Key' and 'X_Api_Key'", StringComparison.Ordinal));

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nX_Api_Key: k\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("k", Assert.Single(responder.Requests)["HTTP_X_API_KEY"]);
    }

    private static async Task<(int Status, ReceivedRequest? Request, CapturedLogs Logs)> AskAsync(string head, string fastCgi, string route = "")
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "Off", """ + fastCgi, Route = route });
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(head + "Connection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();
        return (int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), responder.Requests.SingleOrDefault(), proxy.Logs);
    }
}
