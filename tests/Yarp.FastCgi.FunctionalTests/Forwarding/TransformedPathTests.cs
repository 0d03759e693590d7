using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Transforms;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>A path that a transform has changed means to the application what it meant to the routes: decoded once (E75, E83).</summary>
public class TransformedPathTests
{
    private const string RemovePrefix = """{ "PathRemovePrefix": "/app" }""";

    public static TheoryData<string, string> Escapes() => new()
    {
        { "/plain", "/plain" },
        { "/a%20b", "/a b" },
        { "/%C3%A9t%C3%A9", "/\u00e9t\u00e9" },
        { "/a+b", "/a+b" },
        { "/a;b=c/d,e", "/a;b=c/d,e" },
        { "/a%2Fb", "/a%2Fb" },
        { "/a%2fb", "/a%2fb" },
        { "/100%25", "/100%" },
        { "/%3Fx%23y", "/?x#y" },
        { "/a%5Cb", "/a\\b" },
        { "/a%22b%3C%3E", "/a\"b<>" },
        { "/a//b", "/a//b" },
        { "/%2541", "/%41" },
        { "/%252F", "/%2F" },
        { "/%252e%252e/x", "/%2e%2e/x" },
        { "/x%2F..%2Fy", "/x%2F..%2Fy" },
    };

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task NoPathTransform_Path_IsDecodedOnce(string target, string expected)
    {
        foreach (var path in new[] { ForwardingPath.Direct, ForwardingPath.Messages })
        {
            var request = await AskAsync(new ProxyJson().On(path), target);

            Assert.Equal(expected, request["PATH_INFO"]);
            Assert.Equal(target, request["REQUEST_URI"]);
        }
    }

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task PrefixRemoved_Path_IsDecodedOnce(string target, string expected)
    {
        var request = await AskAsync(new ProxyJson { Route = $""" "Transforms": [ {RemovePrefix} ] """ }, "/app" + target);

        Assert.Equal(expected, request["PATH_INFO"]);
        Assert.Equal("/app", request["SCRIPT_NAME"]);
        Assert.Equal("/app" + target, request["REQUEST_URI"]);
    }

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task PrefixAdded_Path_IsDecodedOnce(string target, string expected)
    {
        var request = await AskAsync(new ProxyJson { Route = """ "Transforms": [ { "PathPrefix": "/app" } ] """ }, target);

        Assert.Equal("/app" + expected, request["PATH_INFO"]);
        Assert.Equal(target, request["REQUEST_URI"]);
    }

    [Theory]
    [InlineData("/app", "/")]
    [InlineData("/app/", "/")]
    [InlineData("/app//", "//")]
    public async Task PrefixRemoved_NothingLeft_IsTheRoot(string target, string expected)
    {
        var request = await AskAsync(new ProxyJson { Route = $""" "Transforms": [ {RemovePrefix} ] """ }, target);

        Assert.Equal(expected, request["PATH_INFO"]);
    }

    [Theory]
    [InlineData("/app/x?", "")]
    [InlineData("/app/x", "")]
    [InlineData("/app/x?a=%2F&b=%20&c=+&d=%C3%A9&e=%zz", "a=%2F&b=%20&c=+&d=%C3%A9&e=%zz")]
    [InlineData("/app/x?a=1&a=2&&=", "a=1&a=2&&=")]
    public async Task PrefixRemoved_Query_IsUntouched(string target, string expected)
    {
        var request = await AskAsync(new ProxyJson { Route = $""" "Transforms": [ {RemovePrefix} ] """ }, target);

        Assert.Equal(expected, request["QUERY_STRING"]);
        Assert.Equal("/x", request["PATH_INFO"]);
    }

    [Fact]
    public async Task PathPattern_CatchAll_IsDecodedOnce()
    {
        var request = await AskAsync(new ProxyJson { Route = """ "Transforms": [ { "PathPattern": "/items/{**path}" } ] """ }, "/a%20b/%C3%A9/c%25d");

        Assert.Equal("/items/a b/\u00e9/c%d", request["PATH_INFO"]);
    }

    [Theory]
    [InlineData("/a%00b", "'/a\\u0000b'")]
    [InlineData("/%00", "'/\\u0000'")]
    [InlineData("/%C3%A9%00%20%00", "'/\u00e9\\u0000 \\u0000'")]
    [InlineData("/a%0Ab", "'/a\\u000ab'")]
    [InlineData("/a%0D%0Ab", "'/a\\u000d\\u000ab'")]
    [InlineData("/a%7Fb", "'/a\\u007fb'")]
    [InlineData("/a%01b", "'/a\\u0001b'")]
    public async Task CodeTransform_ControlCharacterInThePath_Is400AndTheNextRequestIsServed(string made, string logged)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder, "bad", request => request.RequestUri = new Uri("http://localhost" + made));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET /x?bad HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.SendAsync("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);

        Assert.Single(responder.Requests);
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "PathRefused");
        Assert.Contains(logged, entry.Message, StringComparison.Ordinal);
        Assert.Contains("route 'site'", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CodeTransform_RelativeUri_Is502AsOfATransformThatThrows()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder, "bad", request => request.RequestUri = new Uri("/relative", UriKind.Relative));

        using var response = await proxy.Client.GetAsync("/x?bad");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("RequestCreation on route 'site'", Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed").Message, StringComparison.Ordinal);
        Assert.Empty(responder.Requests);
    }

    /// <summary>The transform runs for requests with this query only.</summary>
    private static Task<TestProxy> StartAsync(ScriptedResponder responder, string query, Action<HttpRequestMessage> transform) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(responder.Address).ToString(),
        ReverseProxy = builder => builder.AddTransforms(transforms => transforms.AddRequestTransform(context =>
        {
            if (context.HttpContext.Request.QueryString.Value == "?" + query)
            {
                transform(context.ProxyRequest);
            }

            return default;
        })),
    });

    private static async Task<ReceivedRequest> AskAsync(ProxyJson json, string target)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(json.At(responder.Address));
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
        return Assert.Single(responder.Requests);
    }
}
