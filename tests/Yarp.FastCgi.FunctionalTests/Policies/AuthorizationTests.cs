using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Policies;

public class AuthorizationTests
{
    [Fact]
    public async Task Policy_WithoutUser_Is401AndNeverReachesTheApplication()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await StartAsync(responder, Header, """ "AuthorizationPolicy": "default" """);

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(responder.Requests);
    }

    [Fact]
    public async Task Policy_WithLoginPage_Is302ToItAndNeverReachesTheApplication()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await StartAsync(
            responder,
            services => services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie => cookie.LoginPath = "/login"),
            """ "AuthorizationPolicy": "default" """);

        using var response = await proxy.Client.GetAsync("/page");

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal("/login?ReturnUrl=%2Fpage", response.Headers.Location!.PathAndQuery);
        Assert.Empty(responder.Requests);
    }

    [Fact]
    public async Task Policy_AuthenticatedUser_IsTheApplicationsRemoteUser()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await StartAsync(responder, Header, """ "AuthorizationPolicy": "default" """);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { HeaderAuthenticationHandler.Header, "alice" } } };

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal("secret", await response.Content.ReadAsStringAsync());
        var request = Assert.Single(responder.Requests);
        Assert.Equal("alice", request["REMOTE_USER"]);
        Assert.Equal("Test", request["AUTH_TYPE"]);
    }

    [Fact]
    public async Task NoPolicy_AnonymousUserWhoClaimsAName_HasNoRemoteUser()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("public"));
        await using var proxy = await StartAsync(responder, Header, """ "AuthorizationPolicy": "anonymous" """);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/")
        {
            Headers = { { "Remote-User", "root" }, { "Auth-Type", "Basic" }, { "Authorization", "Basic cm9vdDpyb290" } },
        };

        using var response = await proxy.Client.SendAsync(message);

        var request = Assert.Single(responder.Requests);
        Assert.Null(request["REMOTE_USER"]);
        Assert.Null(request["AUTH_TYPE"]);
        Assert.Equal("Basic cm9vdDpyb290", request["HTTP_AUTHORIZATION"]);
    }

    private static void Header(IServiceCollection services) =>
        services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, HeaderAuthenticationHandler>("Test", configureOptions: null);

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, Action<IServiceCollection> authentication, string route) =>
        TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { Route = route }.ToString(),
            Services = services =>
            {
                authentication(services);
                services.AddAuthorization();
            },
            App = app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
            },
        });
}
