using System.Net;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public class InterceptErrorsTests
{
    private const string Page = """ "CheckFile": "off", "InterceptErrors": [ "404", "500-599" ] """;
    private const string Script = Page + """, "ErrorPath": "/errors/é.php" """;

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Off_ErrorOfTheApplication_PassesUnchanged(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(503, "Busy", "the application's page"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Busy"), (response.StatusCode, response.ReasonPhrase));
        Assert.Equal("the application's page", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, 404, true)]
    [InlineData(ForwardingPath.Direct, 500, true)]
    [InlineData(ForwardingPath.Direct, 599, true)]
    [InlineData(ForwardingPath.Direct, 403, false)]
    [InlineData(ForwardingPath.Direct, 200, false)]
    [InlineData(ForwardingPath.Messages, 404, true)]
    [InlineData(ForwardingPath.Messages, 403, false)]
    public async Task Page_StatusInTheList_ReplacesTheBody(ForwardingPath path, int status, bool isReplaced)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(status, "<Secret>", "stack trace")
            .WithHeader("Set-Cookie", "a=b")
            .WithHeader("Retry-After", "7")
            .WithHeader("ETag", "\"1\"")
            .WithHeader("Content-Encoding", "x")
            .WithHeader("Content-Disposition", "attachment")
            .WithHeader("Content-Length", "11"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Page }.On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("a=b", Assert.Single(response.Headers.GetValues("Set-Cookie")));
        Assert.Equal("7", Assert.Single(response.Headers.GetValues("Retry-After")));
        var text = await response.Content.ReadAsStringAsync();
        if (!isReplaced)
        {
            Assert.Equal("stack trace", text);
            return;
        }

        Assert.Contains($"<h1>{status}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("stack", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", response.ReasonPhrase ?? "", StringComparison.Ordinal);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Null(response.Headers.ETag);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.Null(response.Content.Headers.ContentDisposition);
        Assert.Equal(path == ForwardingPath.Messages, response.Headers.Contains(ForwardingPathExtensions.MarkerName));
    }

    [Fact]
    public async Task Page_ForHead_HasItsLengthOnly()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout("Status: 404\r\n\r\nbody"), Wire.EndRequest()), "HEAD", new ProxyJson { FastCgi = Page });

        Assert.Equal("HTTP/1.1 404 Not Found", exchange.StatusLine);
        Assert.Contains("\r\nContent-Length: ", exchange.Head, StringComparison.Ordinal);
        Assert.Equal("", exchange.Body);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Fact]
    public async Task Page_EndlessBodyOfTheApplication_IsDroppedWithinLimits()
    {
        var exchange = await Exchange.RunAsync(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendStdoutAsync("Status: 500\r\n\r\n");
                while (true)
                {
                    await connection.SendStdoutAsync(new byte[10_000]);
                }
            },
            json: new ProxyJson { FastCgi = Page });

        Assert.Equal("HTTP/1.1 500 Internal Server Error", exchange.StatusLine);
        Assert.Contains("</html>", exchange.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_BodyCutShort_IsGivenAllTheSame()
    {
        var exchange = await Exchange.RunAsync(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendStdoutAsync("Status: 500\r\nContent-Length: 100\r\n\r\nhalf");
            },
            json: new ProxyJson { FastCgi = Page });

        Assert.Contains("</html>", exchange.Body, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Fact]
    public async Task Page_OverAKeptConnection_ReusesIt()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(404, body: "body"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Page, ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """ });

        using var first = await proxy.Client.GetAsync("/");
        using var second = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.NotFound, second.StatusCode);
        Assert.Equal(1, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Script_ErrorOfTheApplication_ExplainsIt(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(request => request["PATH_INFO"] == "/errors/é.php"
            ? Reply.Text("explained").WithHeader("X-Script", "1")
            : Reply.Status(404, "Nowhere", "body").WithHeader("X-First", "1"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Script, ClusterFastCgi = """ "MaxConnections": 1 """ }.On(path));

        using var response = await proxy.Client.PostAsync("/form?a=b", new StringContent("posted"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("explained", await response.Content.ReadAsStringAsync());
        Assert.True(response.Headers.Contains("X-Script"));
        Assert.False(response.Headers.Contains("X-First"));
        var script = responder.Requests[1];
        Assert.Equal(("GET", "404", "/form", "a=b"), (script["REQUEST_METHOD"], script["REDIRECT_STATUS"], script["REDIRECT_URL"], script["REDIRECT_QUERY_STRING"]));
        Assert.Equal("/form?a=b", script["REQUEST_URI"]);
        Assert.Equal("", script["QUERY_STRING"]);
        Assert.Null(script["CONTENT_LENGTH"]);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Script_StatusOfItsOwn_IsFinal(int status)
    {
        await using var responder = ScriptedResponder.Start(request =>
            request["PATH_INFO"] == "/errors/é.php" ? Reply.Status(status, "Own", "explained") : Reply.Status(502));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Script });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal((status, "Own"), ((int)response.StatusCode, response.ReasonPhrase));
        Assert.Equal("explained", await response.Content.ReadAsStringAsync());
        Assert.Equal(2, responder.Requests.Count);
    }

    [Fact]
    public async Task Script_LocalRedirect_KeepsTheStatus()
    {
        await using var responder = ScriptedResponder.Start(request => request["PATH_INFO"] switch
        {
            "/errors/é.php" => Reply.Empty.WithHeader("Location", "/other"),
            "/other" => Reply.Text("explained"),
            _ => Reply.Status(404),
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Script });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("explained", await response.Content.ReadAsStringAsync());
        Assert.Equal("404", responder.Requests[2]["REDIRECT_STATUS"]);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Script_Missing_IsThePageWithTheStatusOfTheError(ForwardingPath path)
    {
        using var root = new TempDirectory();
        await File.WriteAllTextAsync(root.Combine("index.php"), "");
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(503, body: "body"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = $""" "DocumentRoot": "{root.Path}", "InterceptErrors": "503", "ErrorPath": "/missing.php" """,
        }.On(path));

        using var response = await proxy.Client.GetAsync("/index.php");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("<h1>503 Service Unavailable</h1>", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(proxy.Logs.Ours, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("/missing.php", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Script_FailsItself_Is502()
    {
        await using var responder = ScriptedResponder.Start(request =>
            request["PATH_INFO"] == "/errors/é.php" ? Reply.Empty.WithHeader("no name", "") : Reply.Status(404));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Script });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(2, responder.Requests.Count);
    }
}
