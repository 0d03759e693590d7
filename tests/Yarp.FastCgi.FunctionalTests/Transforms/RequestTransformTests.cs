using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Transforms;

namespace Yarp.FastCgi.FunctionalTests.Transforms;

public class RequestTransformTests
{
    [Theory]
    [InlineData("""{ "PathPrefix": "/app" }""", "/a/b", "", "/app/a/b")]
    [InlineData("""{ "PathRemovePrefix": "/a" }""", "/a/b", "/a", "/b")]
    [InlineData("""{ "PathSet": "/fixed/path" }""", "/a/b", "", "/fixed/path")]
    [InlineData("""{ "PathPattern": "/items/{**path}" }""", "/a/b", "", "/items/a/b")]
    [InlineData("""{ "PathPattern": "/items/{**path}" }""", "/a%20b/c", "", "/items/a b/c")]
    public async Task PathTransform_Path_IsTheApplicationsAndRequestUriStaysTheClients(string transform, string requested, string mount, string expected)
    {
        var request = await AskAsync(transform, requested + "?x=1");

        Assert.Equal(mount, request["SCRIPT_NAME"]);
        Assert.Equal(expected, request["PATH_INFO"]);
        Assert.Equal(mount + expected, request["DOCUMENT_URI"]);
        Assert.Equal(requested + "?x=1", request["REQUEST_URI"]);
        Assert.Equal("x=1", request["QUERY_STRING"]);
    }

    [Theory]
    [InlineData("""{ "QueryValueParameter": "added", "Append": "2" }""", "/?x=1", "x=1&added=2")]
    [InlineData("""{ "QueryValueParameter": "x", "Set": "2" }""", "/?x=1", "x=2")]
    [InlineData("""{ "QueryRemoveParameter": "x" }""", "/?x=1", "")]
    [InlineData("""{ "QueryRouteParameter": "page", "Set": "path" }""", "/blog", "page=blog")]
    public async Task QueryTransform_Query_IsChangedForTheApplication(string transform, string requested, string expected)
    {
        var request = await AskAsync(transform, requested);

        Assert.Equal(expected, request["QUERY_STRING"]);
        Assert.Equal(requested, request["REQUEST_URI"]);
    }

    [Theory]
    [InlineData("""{ "RequestHeader": "X-Test", "Set": "proxy" }""", "proxy")]
    [InlineData("""{ "RequestHeader": "X-Test", "Append": "proxy" }""", "client, proxy")]
    [InlineData("""{ "RequestHeaderRemove": "X-Test" }""", null)]
    [InlineData("""{ "RequestHeadersAllowed": "X-Other" }""", null)]
    [InlineData("""{ "RequestHeadersCopy": "false" }""", null)]
    public async Task HeaderTransform_Header_IsChangedForTheApplication(string transform, string? expected)
    {
        var request = await AskAsync(transform, "/", "X-Test", "client");

        Assert.Equal(expected, request["HTTP_X_TEST"]);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("Post")]
    [InlineData("REPORT")]
    public async Task AnyTransform_Method_StaysAsItWasSent(string method)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { Route = """ "Transforms": [ { "RequestHeader": "X-A", "Set": "1" } ] """ });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await client.ReadToEndAsync();

        Assert.Equal(method, Assert.Single(responder.Requests)["REQUEST_METHOD"]);
    }

    [Fact]
    public async Task HttpMethodChange_Method_IsChangedForTheApplication()
    {
        var request = await AskAsync("""{ "HttpMethodChange": "GET", "Set": "REPORT" }""", "/");

        Assert.Equal("REPORT", request["REQUEST_METHOD"]);
    }

    [Fact]
    public async Task XForwarded_WithoutTransform_ForwardedHeadersOfTheClientAreNotTouched()
    {
        var request = await AskAsync("", "/", "X-Forwarded-For", "192.0.2.1");

        Assert.Equal("192.0.2.1", request["HTTP_X_FORWARDED_FOR"]);
        Assert.Null(request["HTTP_X_FORWARDED_PROTO"]);
        Assert.Equal("127.0.0.1", request["REMOTE_ADDR"]);
    }

    [Theory]
    [InlineData("Set", "127.0.0.1")]
    [InlineData("Append", "192.0.2.1, 127.0.0.1")]
    [InlineData("Remove", null)]
    public async Task XForwarded_Configured_IsApplied(string action, string? expected)
    {
        var request = await AskAsync($$"""{ "X-Forwarded": "{{action}}" }""", "/", "X-Forwarded-For", "192.0.2.1");

        Assert.Equal(expected, request["HTTP_X_FORWARDED_FOR"]);
        Assert.Equal(action == "Remove" ? null : "http", request["HTTP_X_FORWARDED_PROTO"]);
    }

    [Fact]
    public async Task OriginalHost_WithoutTransform_TheClientsHostIsPassed()
    {
        var request = await AskAsync("", "/", "Host", "shop.example:8443");

        Assert.Equal("shop.example:8443", request["HTTP_HOST"]);
        Assert.Equal("shop.example", request["SERVER_NAME"]);
    }

    [Fact]
    public async Task OriginalHost_False_TheClientsHostIsNotPassed()
    {
        var request = await AskAsync("""{ "RequestHeaderOriginalHost": "false" }""", "/", "Host", "shop.example");

        Assert.NotEqual("shop.example", request["HTTP_HOST"]);
    }

    [Fact]
    public async Task OriginalHost_FalseAndDestinationWithHost_TheDestinationsHostIsPassed()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            Route = """ "Transforms": [ { "RequestHeaderOriginalHost": "false" } ] """,
            Destination = """ "Host": "internal.example" """,
        });

        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));

        Assert.Equal("internal.example", Assert.Single(responder.Requests)["HTTP_HOST"]);
    }

    [Fact]
    public async Task RequestHeaderHost_Set_ReplacesTheClientsHost()
    {
        var request = await AskAsync("""{ "RequestHeader": "Host", "Set": "internal.example" }""", "/", "Host", "shop.example");

        Assert.Equal("internal.example", request["HTTP_HOST"]);
    }

    [Fact]
    public async Task CodeTransform_SetsTheResponse_NothingIsForwarded()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("application"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            ReverseProxy = builder => builder.AddTransforms(transforms => transforms.AddRequestTransform(context =>
            {
                context.HttpContext.Response.StatusCode = 418;
                return default;
            })),
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode)418, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        Assert.Empty(responder.Requests);
    }

    [Fact]
    public async Task CodeTransform_ChangesTheRequest_TheApplicationSeesIt()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("application"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            ReverseProxy = builder => builder.AddTransforms(transforms => transforms.AddRequestTransform(context =>
            {
                context.ProxyRequest.Headers.Add("X-Tenant", context.HttpContext.Request.Headers.Host.ToString());
                context.Path = "/tenant" + context.Path;
                return default;
            })),
        });

        await proxy.Client.PostAsync("/page", new StringContent("a body"));

        var request = Assert.Single(responder.Requests);
        Assert.Equal(proxy.EndPoint.ToString(), request["HTTP_X_TENANT"]);
        Assert.Equal("/tenant/page", request["DOCUMENT_URI"]);
        Assert.Equal("a body", request.StdinText);
        Assert.Equal("text/plain; charset=utf-8", request["CONTENT_TYPE"]);
    }

    [Fact]
    public async Task CodeTransform_PutsAFieldIntoBothCollections_IsOneParam()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("application"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            ReverseProxy = builder => builder.AddTransforms(transforms => transforms.AddRequestTransform(context =>
            {
                context.ProxyRequest.Headers.TryAddWithoutValidation("X-Both", ["1", "2"]);
                context.ProxyRequest.Content!.Headers.TryAddWithoutValidation("x-both", "3");
                context.ProxyRequest.Content.Headers.TryAddWithoutValidation("X-Content", ["4", "5"]);
                return default;
            })),
        });

        await proxy.Client.PostAsync("/page", new StringContent("a body"));

        var request = Assert.Single(responder.Requests);
        Assert.Equal("1, 2, 3", Assert.Single(request.Params, param => param.Name == "HTTP_X_BOTH").Text);
        Assert.Equal("4, 5", request["HTTP_X_CONTENT"]);
    }

    private static async Task<ReceivedRequest> AskAsync(string transform, string path, string? header = null, string? value = null)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            Route = transform.Length == 0 ? "" : $""" "Transforms": [ {transform} ] """,
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        if (header is not null)
        {
            message.Headers.Add(header, value);
        }

        using var response = await proxy.Client.SendAsync(message);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Assert.Single(responder.Requests);
    }
}
