using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Authorization;

/// <summary>A route with an authorizer (FastCGI 1.0, section 6.3), both scripted.</summary>
public class AuthorizerTests
{
    private const ushort AuthorizerRole = 2;

    private static readonly string[] ParamsOfTheResponderOnly = ["CONTENT_LENGTH", "PATH_INFO", "PATH_TRANSLATED", "SCRIPT_NAME"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Allowed_Request_ReachesTheApplicationWithTheVariables(bool http2)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Text("ignored").WithHeader("Status", "200 OK")
            .WithHeader("Variable-REMOTE_USER", "ada").WithHeader("variable-Shib-Session-ID", "_7 Ö").WithHeader("X-Other", "ignored"));
        await using var application = ScriptedResponder.Start(request => Reply.Text($"hello {request["REMOTE_USER"]}"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());

        using var response = await (http2 ? proxy.Http2Client : proxy.Client).PostAsync("/a%20b?c=d", new StringContent("the body"));

        Assert.Equal("hello ada", await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains("X-Other"));
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Variable-", StringComparison.OrdinalIgnoreCase));
        var request = Assert.Single(application.Requests);
        Assert.Equal(1, request.Role);
        Assert.Equal("the body", request.StdinText);
        Assert.Equal("_7 Ö", Encoding.Latin1.GetString(request.Param("Shib-Session-ID")!.Bytes.Span));
        Assert.Null(request["AUTH_TYPE"]);
    }

    [Fact]
    public async Task Asked_Post_GetsTheParamsOfTheRequestButNoBody()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address)
        {
            FastCgi = """ "DocumentRoot": "/srv/www", "CheckFile": "Auto", "ScriptExtensions": ".cgi" """,
            AuthorizerFastCgi = """ "ScriptFile": "/srv/auth/check", "Params": { "REALM": "shop" } """,
        }.ToString());
        using var message = new HttpRequestMessage(HttpMethod.Post, "/app.cgi/in%2Ffo/x%20y?c=%20d")
        {
            Content = new StringContent("the body"),
            Headers = { { "Authorization", "Basic YTpi" }, { "Cookie", "sid=1" }, { "Proxy", "http://evil" } },
        };

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = Assert.Single(authorizer.Requests);
        Assert.Equal(AuthorizerRole, request.Role);
        Assert.True(request.IsComplete);
        Assert.Equal(0, request.StdinLength);
        Assert.All(ParamsOfTheResponderOnly, name => Assert.Null(request[name]));
        Assert.Equal("POST", request["REQUEST_METHOD"]);
        Assert.Equal("/app.cgi/in%2Ffo/x%20y?c=%20d", request["REQUEST_URI"]);
        Assert.Equal("/app.cgi/in%2Ffo/x y", request["DOCUMENT_URI"]);
        Assert.Equal("c=%20d", request["QUERY_STRING"]);
        Assert.Equal("text/plain; charset=utf-8", request["CONTENT_TYPE"]);
        Assert.Equal("Basic YTpi", request["HTTP_AUTHORIZATION"]);
        Assert.Equal("sid=1", request["HTTP_COOKIE"]);
        Assert.Equal("127.0.0.1", request["REMOTE_ADDR"]);
        Assert.Equal("/srv/auth/check", request["SCRIPT_FILENAME"]);
        Assert.Equal("shop", request["REALM"]);
        Assert.Null(request["HTTP_PROXY"]);
        Assert.Null(request["DOCUMENT_ROOT"]);
        Assert.Equal("/srv/www/app.cgi", Assert.Single(application.Requests)["SCRIPT_FILENAME"]);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("DELETE")]
    [InlineData("PROPFIND")]
    public async Task Asked_AnyMethod_IsAskedOnce(string method)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var application = ScriptedResponder.Start(_ => Reply.Text("page"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());

        using var response = await proxy.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(method, Assert.Single(authorizer.Requests)["REQUEST_METHOD"]);
        Assert.Equal(method, Assert.Single(application.Requests)["REQUEST_METHOD"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refused_Response_IsTheAuthorizers(bool http2)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(401, "Unauthorized", "<h1>Who are you?</h1>")
            .WithHeader("WWW-Authenticate", "Basic realm=\"shop\"").WithHeader("Set-Cookie", "a=1").WithHeader("Set-Cookie", "b=2")
            .WithHeader("Variable-REMOTE_USER", "internal").WithHeader("Connection", "close"));
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());

        for (var i = 0; i < 2; i++)
        {
            using var response = await (http2 ? proxy.Http2Client : proxy.Client).PostAsync("/", new StringContent("the body"));

            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("<h1>Who are you?</h1>", await response.Content.ReadAsStringAsync());
            Assert.Equal("Basic realm=\"shop\"", response.Headers.WwwAuthenticate.Single().ToString());
            Assert.Equal(["a=1", "b=2"], response.Headers.GetValues("Set-Cookie"));
            Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Variable-", StringComparison.OrdinalIgnoreCase));
        }

        Assert.Empty(application.Requests);
    }

    [Theory]
    [InlineData("Status: 403", 403)]
    [InlineData("Status: 204 No Content", 204)]
    [InlineData("Status: 201 Created", 201)]
    [InlineData("Status: 302 Found\r\nLocation: /login", 302)]
    [InlineData("Location: /login", 302)]
    [InlineData("Status: 500", 500)]
    public async Task Refused_AnyStatusBut200_IsTheClients(string head, int status)
    {
        var exchange = await AskAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(head + "\r\n\r\n");
            await connection.EndRequestAsync();
        });

        Assert.Equal(status, exchange.Status);
        Assert.Equal(head.Contains("Location", StringComparison.Ordinal), exchange.Head.Split("\r\n").Contains("Location: /login"));
    }

    [Fact]
    public async Task Refused_Head_HasNoBody()
    {
        var exchange = await AskAsync(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendStdoutAsync("Status: 403\r\nContent-Length: 9\r\n\r\nforbidden");
                await connection.EndRequestAsync();
            },
            "HEAD");

        Assert.Equal(403, exchange.Status);
        Assert.Contains("\r\nContent-Length: 9", exchange.Head, StringComparison.Ordinal);
        Assert.Equal("", exchange.Body);
    }

    [Fact]
    public async Task Refused_LargeBody_IsStreamedWhole()
    {
        var body = new byte[3_000_000];
        new Random(1).NextBytes(body);
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Bytes(body).WithHeader("Status", "403"));
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync());
        Assert.Empty(application.Requests);
    }

    [Fact]
    public async Task Refused_BodyCutShort_ResetsTheClient()
    {
        var exchange = await AskAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Status: 403\r\nContent-Length: 100\r\n\r\nforbidden");
        });

        Assert.Equal(PeerClose.Reset, exchange.Close);
        Assert.Contains(exchange.Logs.Ours, entry => entry.EventId.Name == "ResponseCutShort" && entry.Message.Contains("authorizer cluster 'auth'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refused_BodyExpected_IsNotInvited()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Status(403));
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403 ", (await client.ReadToEndAsync()).Text, StringComparison.Ordinal);
        Assert.Empty(application.Requests);
    }

    [Fact]
    public async Task Stderr_OfTheAuthorizer_IsLoggedWithItsPlace()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithStderr("disk full\n"));
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());

        await proxy.Client.GetStringAsync("/");

        Assert.Contains(proxy.Logs.Ours, entry => entry.Message == $"stderr of authorizer cluster 'auth', destination 'a' ({authorizer.Address}), asked for route 'site': disk full");
    }

    [Fact]
    public async Task LocalRedirect_OfTheApplication_KeepsTheVariablesAndDoesNotAskAgain()
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada"));
        await using var application = ScriptedResponder.Start(request =>
            request["REDIRECT_URL"] is null ? Reply.Empty.WithHeader("Location", "/other") : Reply.Text($"other {request["REMOTE_USER"]}"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());

        Assert.Equal("other ada", await proxy.Client.GetStringAsync("/"));

        Assert.Single(authorizer.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""" "Transforms": [ { "PathPrefix": "/site" }, { "RequestHeader": "X-Added", "Set": "1" } ] """)]
    public async Task Allowed_RouteWithTransforms_SeesTheClientsRequestBeforeThem(string route)
    {
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Variable-REMOTE_USER", "ada"));
        await using var application = ScriptedResponder.Start(request => Reply.Text($"{request["PATH_INFO"]} {request["REMOTE_USER"]}"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address) { Route = route }.ToString());

        Assert.Equal(route.Length == 0 ? "/page ada" : "/site/page ada", await proxy.Client.GetStringAsync("/page"));

        Assert.Equal("/page", Assert.Single(authorizer.Requests)["DOCUMENT_URI"]);
    }

    [Fact]
    public async Task ClientGone_WhileTheAuthorizerComputes_ItsConnectionIsClosed()
    {
        await using var authorizer = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await authorizer.WaitForRequestAsync();
            client.Reset();
        }

        await authorizer.WaitForScriptAsync();

        await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "RequestCanceled", "the end of the request");
        Assert.Empty(application.Requests);
    }

    private static async Task<Exchange> AskAsync(Func<ScriptedConnection, Task> script, string method = "GET")
    {
        await using var authorizer = ScriptedResponder.Start(script);
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"{method} /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, close) = await client.ReadToEndAsync();
        await authorizer.WaitForConnectionClosedAsync();
        Assert.Empty(application.Requests);
        return new Exchange(text, close, proxy.Logs);
    }
}
