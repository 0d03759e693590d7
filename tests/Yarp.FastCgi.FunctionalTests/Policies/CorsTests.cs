using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Policies;

public class CorsTests
{
    private const string Origin = "https://shop.example";

    [Fact]
    public async Task CorsPolicy_Preflight_IsAnsweredWithoutTheApplication()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder);
        using var message = new HttpRequestMessage(HttpMethod.Options, "/") { Headers = { { "Origin", Origin }, { "Access-Control-Request-Method", "PUT" } } };

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(Origin, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Empty(responder.Requests);
    }

    [Fact]
    public async Task CorsPolicy_Request_AnswerOfTheApplicationCarriesTheHeader()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Origin", Origin } } };

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        Assert.Equal(Origin, Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    private static Task<TestProxy> StartAsync(ScriptedResponder responder) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(responder.Address) { Route = """ "CorsPolicy": "shop" """ }.ToString(),
        Services = services => services.AddCors(cors => cors.AddPolicy("shop", policy => policy.WithOrigins(Origin).AllowAnyMethod())),
        App = app => app.UseCors(),
    });
}
