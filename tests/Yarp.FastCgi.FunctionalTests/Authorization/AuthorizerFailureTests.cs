using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Authorization;

/// <summary>An authorizer that does not answer soundly refuses; nothing of the request reaches the application.</summary>
public class AuthorizerFailureTests
{
    [Fact]
    public async Task Authorizer_Down_Is502()
    {
        var address = await ScriptedResponder.UnusedAddressAsync();

        await AssertRefusedAsync(address, HttpStatusCode.BadGateway, "ConnectFailed", $"authorizer cluster 'auth', destination 'a' ({address}), asked for route 'site'");
    }

    [Fact]
    public async Task Authorizer_Silent_Is504()
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.GatewayTimeout, "ResponseHeadTimeout", "authorizer cluster 'auth'", """ "ResponseHeadTimeout": "00:00:00.2" """);
    }

    [Fact]
    public async Task Authorizer_SilentBehindItsHead_Is504()
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Status: 200\r\n\r\n");
            await connection.WaitForPeerCloseAsync();
        });

        await AssertRefusedAsync(
            authorizer.Address, HttpStatusCode.GatewayTimeout, "ActivityTimeout", "authorizer cluster 'auth'", authorizerCluster: """ "HttpRequest": { "ActivityTimeout": "00:00:00.2" } """);
    }

    [Fact]
    public async Task Route_TimeIsOverWhileTheAuthorizerComputes_Is504()
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.GatewayTimeout, "Canceled", "authorizer cluster 'auth'", route: """ "Timeout": "00:00:00.3" """);
    }

    [Theory]
    [InlineData("Status: 200\r\n", "ConnectionLost")]
    [InlineData("Status: 200\r\n\r\n", "ConnectionLost")]
    [InlineData("Status: 200\r\nContent-Length: 2\r\n\r\nok", "ConnectionLost")]
    [InlineData("Status: 200\r\nContent-Length: 20\r\n\r\nok", "ConnectionLost")]
    public async Task Answer_CutBeforeEndRequest_Is502(string stdout, string error)
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(stdout);
            await connection.EndStdoutAsync();
            connection.ShutdownSend();
            await connection.WaitForPeerCloseAsync();
        });

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.BadGateway, error, "authorizer cluster 'auth'");
    }

    [Theory]
    [InlineData("Status: 200\r\n\r\n", 9, 0, HttpStatusCode.BadGateway, "InvalidAuthorization")]
    [InlineData("Status: 200\r\n\r\n", 0, 2, HttpStatusCode.BadGateway, "InvalidAuthorization")]
    [InlineData("", 0, 0, HttpStatusCode.BadGateway, "NoResponse")]
    [InlineData("", 0, 2, HttpStatusCode.ServiceUnavailable, "Overloaded")]
    [InlineData("", 0, 3, HttpStatusCode.BadGateway, "UnknownRole")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", 0, 0, HttpStatusCode.BadGateway, "InvalidResponseHead")]
    [InlineData("Status: 200\r\nStatus: 403\r\n\r\n", 0, 0, HttpStatusCode.BadGateway, "InvalidResponseHead")]
    [InlineData("Status: 2000\r\n\r\n", 0, 0, HttpStatusCode.BadGateway, "InvalidResponseHead")]
    [InlineData("Status: 101\r\n\r\n", 0, 0, HttpStatusCode.BadGateway, "InvalidResponseHead")]
    [InlineData("Status: 200\r\nVariable-REMOTE_USER: a\rb\r\n\r\n", 0, 0, HttpStatusCode.BadGateway, "InvalidResponseHead")]
    public async Task Answer_NotSound_Is502(string stdout, uint appStatus, byte protocolStatus, HttpStatusCode status, string error)
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(stdout);
            await connection.EndRequestAsync(appStatus, protocolStatus);
            await connection.WaitForPeerCloseAsync();
        });

        await AssertRefusedAsync(authorizer.Address, status, error, "authorizer cluster 'auth'");
    }

    [Theory]
    [InlineData("SCRIPT_FILENAME")]
    [InlineData("script-filename")]
    [InlineData("HTTP_PROXY")]
    [InlineData("PHP_VALUE")]
    [InlineData("")]
    [InlineData("A%B")]
    public async Task Answer_VariableThatIsNotForIt_Is502(string name)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-" + name, "x"));

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.BadGateway, "InvalidAuthorization", $"'{name}'");
    }

    [Fact]
    public async Task Answer_VariableTwice_Is502()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada").WithHeader("Variable-REMOTE_USER", "root"));

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.BadGateway, "InvalidAuthorization", "'REMOTE_USER' twice");
    }

    [Fact]
    public async Task Answer_TooManyVariables_Is502()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Enumerable.Range(0, 257).Aggregate(Reply.Empty, (reply, i) => reply.WithHeader($"Variable-V{i}", "")));

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.BadGateway, "InvalidAuthorization", "more than 256 variables");
    }

    [Fact]
    public async Task Answer_VariableLongerThanARecord_Is502()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-LONG", new string('x', 65_530)));

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.BadGateway, "InvalidAuthorization", "'LONG' to 65530 bytes", """ "MaxResponseHeadSize": 100000 """);
    }

    [Fact]
    public async Task Answer_EndlessBody_Is502()
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Status: 200\r\n\r\n");
            while (true)
            {
                await connection.SendStdoutAsync(new byte[60_000]);
            }
        });

        await AssertRefusedAsync(authorizer.Address, HttpStatusCode.BadGateway, "InvalidAuthorization", "a body of more than 262144 bytes");
        await Assert.ThrowsAsync<PeerClosedException>(() => authorizer.WaitForScriptAsync());
    }

    [Fact]
    public async Task Queue_Full_Is503WithRetryAfter()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var authorizer = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the first request go");
            return Reply.Empty;
        });
        await using var application = ScriptedResponder.Start(_ => Reply.Text("page"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address)
        {
            AuthorizerFastCgi = """ "MaxConnections": 1, "QueueLimit": 0 """,
        }.ToString());
        var first = proxy.Client.GetStringAsync("/");
        await authorizer.WaitForRequestAsync();

        using var refused = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Empty(application.Requests);
        release.SetResult();
        Assert.Equal("page", await first);
    }

    [Fact]
    public async Task Param_TooLong_Is431()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new AuthorizedJson(application.Address, authorizer.Address).ToString(),
            Kestrel = kestrel => kestrel.Limits.MaxRequestHeadersTotalSize = 200_000,
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Long", new string('x', 66_000) } } };

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
        Assert.Equal(0, authorizer.AcceptedConnections);
        Assert.Empty(application.Requests);
    }

    [Theory]
    [InlineData("/a%0Ab")]
    [InlineData("/a%7F")]
    public async Task Path_WithControlCharacters_Is400AndNobodyIsAsked(string path)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var http = await HttpDestination.StartAsync(context => context.Response.WriteAsync("secret"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(http.Address, authorizer.Address) { ApplicationCluster = "", FastCgi = "" }.ToString());

        using var response = await proxy.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(authorizer.Requests);
    }

    private static async Task<CapturedLogs> AssertRefusedAsync(
        string address, HttpStatusCode status, string error, string logged, string authorizerFastCgi = "", string authorizerCluster = "", string route = "")
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new AuthorizedJson(application.Address, address) { AuthorizerFastCgi = authorizerFastCgi, AuthorizerCluster = authorizerCluster, Route = route }.ToString(),
            Services = services => services.AddRequestTimeouts(),
            App = app =>
            {
                app.UseRouting();
                app.UseRequestTimeouts();
                app.UseAuthorization();
            },
        });

        using var response = await proxy.Client.PostAsync("/", new StringContent("the body"));

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        Assert.Empty(application.Requests);
        Assert.Contains(
            proxy.Logs.Ours,
            entry => entry.EventId.Name == "ForwardingFailed" && entry.Message.StartsWith(error + " on authorizer cluster 'auth'", StringComparison.Ordinal)
                && entry.Message.Contains(logged, StringComparison.Ordinal) && entry.Message.Contains("asked for route 'site'", StringComparison.Ordinal));
        return proxy.Logs;
    }
}
