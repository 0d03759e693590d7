using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.FunctionalTests.Policies;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Authorization;

/// <summary>Who the client is, is what the authorizer says, whatever the client says.</summary>
public class AuthorizerIdentityTests
{
    private const string Claim = "X-User";

    [Theory]
    [InlineData(""" "REMOTE_USER": "configured" """)]
    [InlineData(""" "REMOTE_USER": "{header:X-User}" """)]
    [InlineData(""" "REMOTE_USER": "" """)]
    public async Task Variable_ParamOfTheSameName_WinsOverIt(string param)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada"));
        var user = await GetRemoteUserAsync(authorizer, $$""" "CheckFile": "Off", "Params": { {{param}} } """);

        Assert.Equal("ada", user);
    }

    [Fact]
    public async Task Variable_Empty_RemovesTheParam()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", ""));

        Assert.Null(await GetRemoteUserAsync(authorizer, """ "CheckFile": "Off", "Params": { "REMOTE_USER": "configured" } """));
    }

    // CVE-2026-30851: a header field that the authorizer sets for one request and not for the next must not be the client's then.
    [Theory]
    [InlineData("ada", "ada")]
    [InlineData(null, null)]
    public async Task CVE_2026_30851_VariableAsAHeaderField_IsNeverTheClients(string? variable, string? expected)
    {
        await using var authorizer = ScriptedResponder.Start(_ => variable is null ? Reply.Empty : Reply.Empty.WithHeader("Variable-USER", variable));
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address)
        {
            FastCgi = """ "CheckFile": "Off", "Params": { "HTTP_X_USER": "{authorizer:USER}" } """,
        }.ToString());

        await proxy.Client.SendAsync(Claiming("root"));

        Assert.Equal(expected, Assert.Single(application.Requests)["HTTP_X_USER"]);
    }

    [Theory]
    [InlineData(null, "grace", "Test")]
    [InlineData("ada", "ada", null)]
    public async Task RemoteUser_OfAspNet_IsReplacedAsAWhole(string? variable, string user, string? authType)
    {
        await using var authorizer = ScriptedResponder.Start(_ => variable is null ? Reply.Empty : Reply.Empty.WithHeader("Variable-REMOTE_USER", variable));
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new AuthorizedJson(application.Address, authorizer.Address).ToString(),
            Services = services => services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, HeaderAuthenticationHandler>("Test", configureOptions: null),
            App = app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
            },
        });

        await proxy.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { HeaderAuthenticationHandler.Header, "grace" } } });

        var asked = Assert.Single(authorizer.Requests);
        Assert.Equal("grace", asked["REMOTE_USER"]);
        Assert.Equal("Test", asked["AUTH_TYPE"]);
        var request = Assert.Single(application.Requests);
        Assert.Equal(user, request["REMOTE_USER"]);
        Assert.Equal(authType, request["AUTH_TYPE"]);
    }

    [Fact]
    public async Task Request_BeforeAnother_LeavesNothingToIt()
    {
        await using var authorizer = ScriptedResponder.Start(request =>
            request["DOCUMENT_URI"] == "/ada" ? Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada") : Reply.Empty);
        await using var application = ScriptedResponder.Start(request => Reply.Text(request["REMOTE_USER"] ?? "nobody"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address)
        {
            ApplicationCluster = """ "Transport": "fastcgi" """,
            FastCgi = """ "CheckFile": "Off", "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """,
            AuthorizerFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """,
        }.ToString());

        Assert.Equal("ada", await proxy.Client.GetStringAsync("/ada"));
        Assert.Equal("nobody", await proxy.Client.GetStringAsync("/other"));
        Assert.Equal("ada", await proxy.Client.GetStringAsync("/ada"));
    }

    private static async Task<string?> GetRemoteUserAsync(ScriptedResponder authorizer, string fastCgi)
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address) { FastCgi = fastCgi }.ToString());
        await proxy.Client.SendAsync(Claiming("root"));
        return Assert.Single(application.Requests)["REMOTE_USER"];
    }

    private static HttpRequestMessage Claiming(string user) => new(HttpMethod.Get, "/")
    {
        Headers = { { Claim, user }, { "Remote-User", user }, { "Variable-REMOTE_USER", user } },
    };
}
