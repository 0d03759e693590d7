using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Yarp.FastCgi.FunctionalTests.Transforms;

public class ResponseTransformTests
{
    [Theory]
    [InlineData("""{ "ResponseHeader": "X-Test", "Set": "proxy", "When": "Always" }""", "proxy")]
    [InlineData("""{ "ResponseHeader": "X-Test", "Append": "proxy" }""", "application, proxy")]
    [InlineData("""{ "ResponseHeaderRemove": "X-Test" }""", null)]
    [InlineData("""{ "ResponseHeadersAllowed": "Content-Type" }""", null)]
    [InlineData("""{ "ResponseHeadersCopy": "false" }""", null)]
    public async Task HeaderTransform_HeaderOfTheApplication_IsChangedForTheClient(string transform, string? expected)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("body").WithHeader("X-Test", "application"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { Route = $""" "Transforms": [ {transform} ] """ });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(expected, response.Headers.TryGetValues("X-Test", out var values) ? string.Join(", ", values) : null);
        Assert.Equal("body", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task CodeTransform_SuppressResponseBody_OnlyTheHeadIsCopied()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("the application's body").WithHeader("X-Test", "application"));
        await using var proxy = await StartAsync(responder, transforms => transforms.AddResponseTransform(context =>
        {
            context.SuppressResponseBody = true;
            return default;
        }));

        for (var i = 0; i < 2; i++)
        {
            using var response = await proxy.Client.GetAsync("/");

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("application", Assert.Single(response.Headers.GetValues("X-Test")));
            Assert.Equal("", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task CodeTransform_ReplacesStatusAndBody_TheClientGetsThem()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(404, "Not Found", "the application's body"));
        await using var proxy = await StartAsync(responder, transforms => transforms.AddResponseTransform(async context =>
        {
            var original = await context.ProxyResponse!.Content.ReadAsStringAsync();
            context.SuppressResponseBody = true;
            context.HttpContext.Response.StatusCode = 410;
            context.HttpContext.Response.ContentLength = null;
            await context.HttpContext.Response.Body.WriteAsync("instead of: "u8.ToArray());
            await context.HttpContext.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(original));
        }));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        Assert.Equal("instead of: the application's body", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task CodeTransform_ReadsStatusAndHeaders_SeesWhatTheApplicationSent()
    {
        var seen = new TaskCompletionSource<(HttpStatusCode, string?, string?)>();
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(404, "Nothing Here", "").WithHeader("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"));
        await using var proxy = await StartAsync(responder, transforms => transforms.AddResponseTransform(context =>
        {
            var response = context.ProxyResponse!;
            seen.SetResult((response.StatusCode, response.ReasonPhrase, response.Content.Headers.LastModified?.ToString("R")));
            return default;
        }));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.NotFound, "Nothing Here", "Wed, 21 Oct 2015 07:28:00 GMT"), await seen.Task);
        Assert.Equal("Nothing Here", response.ReasonPhrase);
    }

    [Fact]
    public async Task CodeTransform_DestinationDown_RunsWithoutAResponse()
    {
        var responses = new List<HttpResponseMessage?>();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(await ScriptedResponder.UnusedAddressAsync()).ToString(),
            ReverseProxy = builder => builder.AddTransforms(transforms => transforms.AddResponseTransform(context =>
            {
                responses.Add(context.ProxyResponse);
                context.HttpContext.Response.Headers["X-Failed"] = "yes";
                return default;
            })),
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("X-Failed")));
        Assert.Null(Assert.Single(responses));
    }

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, Action<TransformBuilderContext> transforms) =>
        TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            ReverseProxy = builder => builder.AddTransforms(transforms),
        });
}
