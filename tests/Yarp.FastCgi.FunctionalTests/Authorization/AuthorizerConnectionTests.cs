using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Authorization;

/// <summary>The connections of an authorizer's cluster: balancing, health, reload and keep-alive are those of any cluster.</summary>
public class AuthorizerConnectionTests
{
    private const string Passive = """
        "LoadBalancingPolicy": "FirstAlphabetical",
        "HealthCheck": { "Passive": { "Enabled": true, "Policy": "TransportFailureRate", "ReactivationPeriod": "01:00:00" } }
        """;

    [Fact]
    public async Task LoadBalancing_RoundRobin_AsksInTurn()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Empty);
        await using var b = ScriptedResponder.Start(_ => Reply.Empty);
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, a.Address, b.Address)
        {
            AuthorizerCluster = """ "LoadBalancingPolicy": "RoundRobin" """,
        }.ToString());

        for (var i = 0; i < 6; i++)
        {
            using var response = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(3, a.Requests.Count);
        Assert.Equal(3, b.Requests.Count);
    }

    [Fact]
    public async Task Retries_AuthorizerDown_AnotherIsAskedAndTheFirstIsTakenOut()
    {
        var down = await ScriptedResponder.UnusedAddressAsync();
        await using var b = ScriptedResponder.Start(_ => Reply.Status(403, "Forbidden", "no"));
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await StartWithPassiveHealthAsync(application, "", down, b.Address);

        using var response = await proxy.Client.PostAsync("/", new StringContent("the body"));
        await Eventually.UntilAsync(() => !proxy.IsAvailable("a", "auth"), "authorizer a to be taken out");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("no", await response.Content.ReadAsStringAsync());
        Assert.True(proxy.IsAvailable("a"), "The application is not to blame.");
        Assert.Contains(proxy.Logs.Ours, entry => entry.EventId.Name == "Retry"
            && entry.Message.Contains($"authorizer cluster 'auth', destination 'a' ({down}), asked for route 'site': the request goes to destination 'b'", StringComparison.Ordinal));
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message == $"authorizer cluster 'auth', destination 'b' ({b.Address}), asked for route 'site': refused with 403.");
    }

    [Fact]
    public async Task Retries_StatusThatIsToBeReplaced_AnotherIsAsked()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Status(503));
        await using var b = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada"));
        await using var application = ScriptedResponder.Start(request => Reply.Text(request["REMOTE_USER"]!));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, a.Address, b.Address)
        {
            AuthorizerCluster = """ "LoadBalancingPolicy": "FirstAlphabetical" """,
            AuthorizerFastCgi = """ "Retries": { "On": [ "503" ] } """,
        }.ToString());

        Assert.Equal("ada", await proxy.Client.GetStringAsync("/"));
        using var post = await proxy.Client.PostAsync("/", new StringContent("body"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, post.StatusCode);
        Assert.Single(application.Requests);
    }

    [Fact]
    public async Task PassiveHealth_AuthorizerDown_IsTakenOut()
    {
        await using var b = ScriptedResponder.Start(_ => Reply.Empty);
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await StartWithPassiveHealthAsync(application, """ "Retries": { "MaxAttempts": 1 } """, await ScriptedResponder.UnusedAddressAsync(), b.Address);

        using var failed = await proxy.Client.GetAsync("/");
        await Eventually.UntilAsync(() => !proxy.IsAvailable("a", "auth"), "authorizer a to be taken out");

        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        Assert.True(proxy.IsAvailable("a"), "The application is not to blame.");
        Assert.Equal(HttpStatusCode.OK, (await proxy.Client.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task PassiveHealth_RefusalCutShort_IsTakenOut()
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Status: 403\r\nContent-Length: 100\r\n\r\nshort");
        });
        await using var b = ScriptedResponder.Start(_ => Reply.Empty);
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await StartWithPassiveHealthAsync(application, "", a.Address, b.Address);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => proxy.Client.GetStringAsync("/"));

        await Eventually.UntilAsync(() => !proxy.IsAvailable("a", "auth"), "authorizer a to be taken out");
    }

    [Fact]
    public async Task PassiveHealth_Refusals_DoNotPunishTheAuthorizer()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Status(403));
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await StartWithPassiveHealthAsync(application, "", a.Address);

        for (var i = 0; i < 5; i++)
        {
            using var response = await proxy.Client.GetAsync("/");
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        Assert.NotEqual(DestinationHealth.Unhealthy, proxy.Destination("a", "auth").Health.Passive);
    }

    [Fact]
    public async Task Reload_OtherAuthorizer_IsAskedFromThenOn()
    {
        await using var first = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-BY", "first"));
        await using var second = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-BY", "second"));
        await using var application = ScriptedResponder.Start(request => Reply.Text(request["BY"] ?? "none"));
        var json = new AuthorizedJson(application.Address, first.Address);
        await using var proxy = await TestProxy.StartAsync(json.ToString());
        Assert.Equal("first", await proxy.Client.GetStringAsync("/"));

        Assert.Null(await proxy.ReloadAsync((json with { Authorizers = [second.Address] }).ToString()));
        Assert.Equal("second", await proxy.Client.GetStringAsync("/"));

        Assert.Null(await proxy.ReloadAsync((json with { Policy = "" }).ToString()));
        Assert.Equal("none", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task KeepAlive_RequestsWithoutEffect_ShareAConnection()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Text("ignored"));
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address) { AuthorizerFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """ }.ToString());

        await proxy.Client.GetStringAsync("/");
        await proxy.Client.GetStringAsync("/");
        await proxy.Client.PostAsync("/", new StringContent("body"));

        Assert.Equal([1, 1, 2], authorizer.Requests.Select(request => request.ConnectionNumber));
        Assert.All(authorizer.Requests, request => Assert.True(request.KeepConnection));
    }

    [Fact]
    public async Task KeepAlive_ConnectionClosedMeanwhile_AsksOverANewOne()
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            if (await connection.TryReadRequestAsync() is not null)
            {
                await connection.SendReplyAsync(Reply.Empty);
            }

            // The second request on it is lost, as behind php-fpm's pm.max_requests.
            if (connection.Number == 1)
            {
                await connection.TryReadRequestAsync();
            }
        });
        await using var application = ScriptedResponder.Start(_ => Reply.Text("page"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address) { AuthorizerFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """ }.ToString());

        Assert.Equal("page", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("page", await proxy.Client.GetStringAsync("/"));

        Assert.Equal(2, authorizer.AcceptedConnections);
    }

    [Fact]
    public async Task OnePlace_ForAuthorizerAndApplication_IsEnough()
    {
        await using var both = ScriptedResponder.Start(request => request.Role == 2 ? Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada") : Reply.Text(request["REMOTE_USER"]!));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(both.Address, both.Address)
        {
            Policy = "FastCgiAuthorizer:app",
            FastCgi = """ "CheckFile": "Off", "MaxConnections": 1 """,
        }.ToString());

        Assert.Equal("ada", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("ada", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("FastCgiAuthorizer:other", "", "'AuthorizationPolicy' is 'FastCgiAuthorizer:other', but there is no cluster 'other'")]
    [InlineData("FastCgiAuthorizer:", "", "there is no cluster ''")]
    [InlineData("fastcgiauthorizer:APP", "", "but the cluster 'app' is not FastCGI: add \"Transport\": \"fastcgi\" to it")]
    [InlineData("FastCgiAuthorizer:auth", """ "Role": "Filter" """, "'FastCgi:Role' ('Filter') is not a known option. The role Filter (FastCGI 1.0, section 6.4) is not supported")]
    public async Task Configuration_Wrong_IsRefusedWithTheReason(string policy, string authorizerFastCgi, string reason)
    {
        var json = new AuthorizedJson("http://127.0.0.1:1", "unix:/run/auth.sock") { Policy = policy, ApplicationCluster = "", FastCgi = "", AuthorizerFastCgi = authorizerFastCgi };

        var exception = await Record.ExceptionAsync(async () => await (await TestProxy.StartAsync(json.ToString())).DisposeAsync());

        Assert.Contains(reason, exception!.InnerException!.Message, StringComparison.Ordinal);
    }

    private static Task<TestProxy> StartWithPassiveHealthAsync(ScriptedResponder application, string fastCgi, params string[] authorizers) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new AuthorizedJson(application.Address, authorizers) { AuthorizerCluster = Passive, AuthorizerFastCgi = fastCgi }.ToString(),
        Services = services => services.Configure<TransportFailureRateHealthPolicyOptions>(policy => policy.MinimalTotalCountThreshold = 1),
    });
}
