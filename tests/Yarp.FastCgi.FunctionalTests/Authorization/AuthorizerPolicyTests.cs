using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.FunctionalTests.Policies;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Authorization;

/// <summary>Authorizers as ASP.NET Core's authorization: on any route, any endpoint, with any other requirement.</summary>
public class AuthorizerPolicyTests
{
    private const string Variables = "x-variables";

    [Fact]
    public async Task HttpRoute_Allowed_ReachesItsDestinationAndVariablesAreAFeature()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada"));
        await using var http = await HttpDestination.StartAsync(context => context.Response.WriteAsync("http page"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new AuthorizedJson(http.Address, authorizer.Address) { ApplicationCluster = "", FastCgi = "" }.ToString(),
            App = app => app.Use((context, next) =>
            {
                // In front of the proxy, behind authorization: nothing of the authorizer's cluster is left over.
                Assert.Null(context.Features.Get<IReverseProxyFeature>());
                return next();
            }),
            Pipeline = pipeline => pipeline.Use((context, next) =>
            {
                context.Response.Headers[Variables] = Describe(context);
                return next(context);
            }),
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal("http page", await response.Content.ReadAsStringAsync());
        Assert.Equal("REMOTE_USER=ada", response.Headers.GetValues(Variables).Single());
    }

    [Fact]
    public async Task HttpRoute_Refused_NeverReachesItsDestination()
    {
        var reached = 0;
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(403, "Forbidden", "no"));
        await using var http = await HttpDestination.StartAsync(context =>
        {
            Interlocked.Increment(ref reached);
            return context.Response.WriteAsync("secret");
        });
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(http.Address, authorizer.Address) { ApplicationCluster = "", FastCgi = "" }.ToString());

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("no", await response.Content.ReadAsStringAsync());
        Assert.Equal(0, reached);
    }

    [Theory]
    [InlineData(200, "endpoint REMOTE_USER=ada")]
    [InlineData(403, "no")]
    public async Task Endpoint_WithThePolicyInCode_IsAuthorised(int status, string body)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(status, "", "no").WithHeader("Variable-REMOTE_USER", "ada"));
        await using var proxy = await StartAsync(
            [authorizer],
            app => app.MapGet("/mine", (HttpContext context) => $"endpoint {Describe(context)}").RequireAuthorization(policy => policy.RequireFastCgiAuthorizer("auth")));

        using var response = await proxy.Client.GetAsync("/mine");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task MapFastCgi_WithThePolicyByName_IsAuthorised()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada"));
        await using var application = ScriptedResponder.Start(request => Reply.Text($"app {request["REMOTE_USER"]}"));
        await using var proxy = await StartAsync(
            [authorizer],
            app => app.MapFastCgi("/mine", application.Address).RequireAuthorization("fastcgiauthorizer:AUTH"));

        Assert.Equal("app ada", await proxy.Client.GetStringAsync("/mine"));
    }

    [Fact]
    public async Task FallbackPolicy_RequestWithoutEndpoint_IsRefused()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(403, "Forbidden", "no"));
        await using var proxy = await StartAsync(
            [authorizer],
            app => app.UseAuthorization(),
            services => services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireFastCgiAuthorizer("auth").Build()));

        Assert.Equal(HttpStatusCode.Forbidden, (await proxy.Client.GetAsync("/nothing/here")).StatusCode);
    }

    [Fact]
    public async Task TwoAuthorizers_Allowed_TheSecondHearsOfTheFirstAndHasTheLastWord()
    {
        await using var first = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada").WithHeader("Variable-FIRST", "1"));
        await using var second = ScriptedResponder.Start(request => Reply.Empty.WithHeader("Variable-REMOTE_USER", request["REMOTE_USER"] + " and " + request["FIRST"]));
        await using var proxy = await StartAsync(
            [first, second],
            app => app.MapGet("/mine", Describe).RequireAuthorization(policy => policy.RequireFastCgiAuthorizer("auth").RequireFastCgiAuthorizer("auth2")));

        Assert.Equal("FIRST=1,REMOTE_USER=ada and 1", await proxy.Client.GetStringAsync("/mine"));
    }

    [Theory]
    [InlineData(403, 200, "first", 0)]
    [InlineData(200, 403, "second", 1)]
    public async Task TwoAuthorizers_OneRefuses_ItsResponseIsTheClients(int first, int second, string body, int askedSecond)
    {
        await using var one = ScriptedResponder.Start(_ => Reply.Status(first, "", "first"));
        await using var two = ScriptedResponder.Start(_ => Reply.Status(second, "", "second"));
        await using var proxy = await StartAsync(
            [one, two],
            app => app.MapGet("/mine", () => "secret").RequireAuthorization(policy => policy.RequireFastCgiAuthorizer("auth").RequireFastCgiAuthorizer("auth2")));

        using var response = await proxy.Client.GetAsync("/mine");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal(askedSecond, two.Requests.Count);
    }

    [Fact]
    public async Task OtherRequirement_NotMet_IsAnsweredAsEver()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await StartAsync(
            [authorizer],
            app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGet("/mine", () => "secret").RequireAuthorization(policy => policy.RequireFastCgiAuthorizer("auth").RequireAuthenticatedUser());
            },
            services => services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, HeaderAuthenticationHandler>("Test", configureOptions: null));

        Assert.Equal(HttpStatusCode.Unauthorized, (await proxy.Client.GetAsync("/mine")).StatusCode);
        using var known = await proxy.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/mine") { Headers = { { HeaderAuthenticationHandler.Header, "ada" } } });
        Assert.Equal("secret", await known.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(403)]
    public async Task Authorizer_PoliciesAndCodeAskAgain_IsAskedOnce(int status)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(status, "", "answer"));
        await using var proxy = await StartAsync(
            [authorizer],
            app =>
            {
                app.UseRouting();
                app.Use(async (context, next) =>
                {
                    var result = await context.RequestServices.GetRequiredService<IAuthorizationService>().AuthorizeAsync(context.User, context, "FastCgiAuthorizer:auth");
                    Assert.Equal(status == 200, result.Succeeded);
                    await next();
                });
                app.UseAuthorization();
                app.MapGet("/mine", () => "answer").RequireAuthorization("FastCgiAuthorizer:auth").RequireAuthorization(policy => policy.RequireFastCgiAuthorizer("AUTH"));
            });

        using var response = await proxy.Client.GetAsync("/mine");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("answer", await response.Content.ReadAsStringAsync());
        Assert.Single(authorizer.Requests);
    }

    [Fact]
    public async Task Pipeline_RunAgainForAnotherTarget_IsAskedForThatOne()
    {
        await using var authorizer = ScriptedResponder.Start(request => request["DOCUMENT_URI"] == "/public" ? Reply.Empty : Reply.Status(403, "", "no"));
        await using var proxy = await StartAsync(
            [authorizer],
            app =>
            {
                app.UseStatusCodePagesWithReExecute("/inner");
                app.UseRouting();
                app.UseAuthorization();
                app.MapGet("/public", () => Results.StatusCode(500)).RequireAuthorization("FastCgiAuthorizer:auth");
                app.MapGet("/inner", () => "secret").RequireAuthorization("FastCgiAuthorizer:auth");
            });

        using var response = await proxy.Client.GetAsync("/public");

        Assert.Equal("no", await response.Content.ReadAsStringAsync());
        Assert.Equal(["/public", "/inner"], authorizer.Requests.Select(request => request["DOCUMENT_URI"]));
    }

    [Fact]
    public async Task Code_AsksAndTakesNoNotice_TheConnectionComesBack()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(403, "Forbidden", "no"));
        await using var proxy = await StartAsync(
            [authorizer],
            app => app.MapGet("/mine", async (HttpContext context, IAuthorizationService service) =>
                (await service.AuthorizeAsync(context.User, context, "FastCgiAuthorizer:auth")).Succeeded.ToString()),
            fastCgi: """ "MaxConnections": 1, "QueueTimeout": "00:00:20" """);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("False", await proxy.Client.GetStringAsync("/mine"));
        }

        Assert.Equal(3, authorizer.Requests.Count);
    }

    [Fact]
    public async Task Resource_OtherThanARequest_IsRefusedAndLogged()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await StartAsync([authorizer], _ => { });
        var service = proxy.Services.GetRequiredService<IAuthorizationService>();

        var result = await service.AuthorizeAsync(new(), "a document", "FastCgiAuthorizer:auth");

        Assert.False(result.Succeeded);
        Assert.Empty(authorizer.Requests);
        Assert.Contains(proxy.Logs.Ours, entry => entry.EventId.Name == "AuthorizerWithoutRequest" && entry.Message.Contains("'auth' is required for String", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResultHandler_ReplacedByTheApplications_StillRefuses()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(403, "Forbidden", "no"));
        await using var proxy = await StartAsync(
            [authorizer],
            app => app.MapGet("/mine", () => "secret").RequireAuthorization("FastCgiAuthorizer:auth"),
            services => services.AddSingleton<IAuthorizationMiddlewareResultHandler, TeapotResultHandler>());

        using var response = await proxy.Client.GetAsync("/mine");

        Assert.Equal(418, (int)response.StatusCode);
    }

    [Fact]
    public async Task Cluster_MissingForAPolicyInCode_Is503AndLogged()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await StartAsync(
            [authorizer],
            app => app.MapGet("/mine", () => "secret").RequireAuthorization(policy => policy.RequireFastCgiAuthorizer("other")));

        using var response = await proxy.Client.GetAsync("/mine");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.StartsWith("NoAvailableDestinations on authorizer cluster 'other', asked for endpoint 'HTTP: GET /mine': answered 503.", StringComparison.Ordinal));
    }

    private static string Describe(HttpContext context)
        => context.Features.Get<IFastCgiAuthorizerFeature>() is not { } feature ? ""
            : string.Join(',', feature.Variables.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    /// <summary>A proxy without routes; its clusters "auth" and "auth2" are the authorizers.</summary>
    private static Task<TestProxy> StartAsync(IReadOnlyList<ScriptedResponder> authorizers, Action<WebApplication> app, Action<IServiceCollection>? services = null, string fastCgi = "")
    {
        var clusters = authorizers.Select((authorizer, index) => $$"""
            "auth{{(index == 0 ? "" : index + 1)}}": {
              "Transport": "fastcgi", "FastCgi": { {{fastCgi}} }, "Destinations": { "a": { "Address": "{{authorizer.Address}}" } }
            }
            """);
        return TestProxy.StartAsync(new TestProxyOptions
        {
            Json = $$"""{ "Clusters": { {{string.Join(",", clusters)}} } }""",
            App = app,
            Services = services ?? (_ => { }),
        });
    }

    private sealed class TeapotResultHandler : IAuthorizationMiddlewareResultHandler
    {
        public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
        {
            context.Response.StatusCode = authorizeResult.Succeeded ? StatusCodes.Status200OK : StatusCodes.Status418ImATeapot;
            return Task.CompletedTask;
        }
    }
}
