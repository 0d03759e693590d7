using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>What an application hears of a client's wish for WebSocket, and what becomes of its answer.</summary>
public class UpgradeHandshakeTests
{
    private const string Handshake = """
        GET /chat?room=1 HTTP/1.1
        Host: localhost
        Connection: keep-alive, Upgrade
        Upgrade: WebSocket
        Origin: http://localhost
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Protocol: chat, superchat
        Sec-WebSocket-Extensions: permessage-deflate
        Content-Length: 0
        X-Other: 1


        """;

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http1_Agreed_BothSidesSeeTheHandshake(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\nKeep-Alive: timeout=5\r\n\r\n");
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder, path);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Lines(Handshake));
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", head, StringComparison.Ordinal);
        foreach (var field in new[] { "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: chat", "Set-Cookie: a=1" })
        {
            Assert.Contains($"\r\n{field}\r\n", head, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Content-Length", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Keep-Alive", head, StringComparison.OrdinalIgnoreCase);
        var request = Assert.Single(responder.Requests);
        Assert.Equal("GET", request["REQUEST_METHOD"]);
        Assert.Equal("HTTP/1.1", request["SERVER_PROTOCOL"]);
        Assert.Equal("/chat?room=1", request["REQUEST_URI"]);
        Assert.Equal("WebSocket", request["HTTP_UPGRADE"]);
        Assert.Equal("Upgrade", request["HTTP_CONNECTION"]);
        Assert.Equal("dGhlIHNhbXBsZSBub25jZQ==", request["HTTP_SEC_WEBSOCKET_KEY"]);
        Assert.Equal("13", request["HTTP_SEC_WEBSOCKET_VERSION"]);
        Assert.Equal("chat, superchat", request["HTTP_SEC_WEBSOCKET_PROTOCOL"]);
        Assert.Equal("permessage-deflate", request["HTTP_SEC_WEBSOCKET_EXTENSIONS"]);
        Assert.Equal("http://localhost", request["HTTP_ORIGIN"]);
        Assert.Null(request["CONTENT_LENGTH"]);
        Assert.DoesNotContain(request.Records, record => record.Type == WireRecordType.Stdin);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http2_Agreed_TheApplicationSeesAnUpgradeOfHttp1(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n");
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder, path);

        using var response = await ConnectAsync(proxy, "websocket", "/chat?room=1", new()
        {
            { "Origin", "http://localhost" }, { "Sec-WebSocket-Version", "13" }, { "Sec-WebSocket-Protocol", "chat" }, { "Sec-WebSocket-Key", "the client's own, which means nothing" },
        });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("chat", Assert.Single(response.Headers.GetValues("Sec-WebSocket-Protocol")));
        Assert.Equal("a=1", Assert.Single(response.Headers.GetValues("Set-Cookie")));
        Assert.False(response.Headers.Contains("Sec-WebSocket-Accept"));
        Assert.False(response.Headers.Contains("Upgrade"));
        Assert.Null(response.Content.Headers.ContentLength);
        var request = Assert.Single(responder.Requests);
        Assert.Equal("GET", request["REQUEST_METHOD"]);
        Assert.Equal("HTTP/1.1", request["SERVER_PROTOCOL"]);
        Assert.Equal("/chat?room=1", request["REQUEST_URI"]);
        Assert.Equal("websocket", request["HTTP_UPGRADE"]);
        Assert.Equal("upgrade", request["HTTP_CONNECTION"]);
        Assert.Equal(16, Convert.FromBase64String(request["HTTP_SEC_WEBSOCKET_KEY"]!).Length);
        Assert.Equal("13", request["HTTP_SEC_WEBSOCKET_VERSION"]);
        Assert.Equal("http://localhost", request["HTTP_ORIGIN"]);
        Assert.Null(request["CONTENT_LENGTH"]);
        Assert.DoesNotContain(request.Records, record => record.Type == WireRecordType.Stdin);
    }

    [Fact]
    public async Task Http2_EachRequest_HasAKeyOfItsOwn()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendReplyAsync(Reply.Status(404));
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder);

        (await ConnectAsync(proxy)).Dispose();
        (await ConnectAsync(proxy)).Dispose();

        Assert.Distinct(responder.Requests.Select(request => request["HTTP_SEC_WEBSOCKET_KEY"]));
    }

    [Theory]
    [InlineData(false, ForwardingPath.Direct)]
    [InlineData(false, ForwardingPath.Messages)]
    [InlineData(true, ForwardingPath.Direct)]
    [InlineData(true, ForwardingPath.Messages)]
    public async Task Declined_AnyOtherStatus_IsAnOrdinaryResponse(bool http2, ForwardingPath path)
    {
        // Reads all of its input before it goes, as many programs do.
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendStdoutAsync("Status: 426 Upgrade Required\r\nContent-Type: text/plain\r\nSec-WebSocket-Version: 13\r\n\r\nnot ");
            await connection.ReadRemainingStdinAsync();
            await connection.SendStdoutAsync("yet");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors, path, connections: """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00" """));

        if (http2)
        {
            using var response = await ConnectAsync(proxy);
            Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
            Assert.Equal("not yet", await response.Content.ReadAsStringAsync());
        }
        else
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Lines(Handshake));
            Assert.StartsWith("HTTP/1.1 426 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            Assert.Equal("not yet", await ReadChunkedAsync(client));
        }

        Assert.Null(await errors.WaitForAsync());
        await responder.WaitForScriptAsync();
        Assert.Equal(0, proxy.Pool(responder.Address).OpenCount);
    }

    [Fact]
    public async Task Http1_Declined_TheClientsConnectionServesItsNextRequest()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendReplyAsync(Reply.Text(request["HTTP_UPGRADE"] is null ? "ordinary" : "declined").WithHeader("Content-Length", "8"));
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Lines(Handshake));
        await client.ReadUntilAsync("\r\n\r\ndeclined");
        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\nordinary");
    }

    [Theory]
    [InlineData("Status: 200 OK")]
    [InlineData("Status: 204 No Content")]
    [InlineData("Content-Type: text/html")]
    public async Task Http2_DeclinedBySuccess_Is501(string field)
    {
        // To a CONNECT any 2xx would say that the client may begin.
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendStdoutAsync(field + "\r\nX-App: 1\r\n\r\n");
            await connection.EndRequestAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));

        using var response = await ConnectAsync(proxy);

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.False(response.Headers.Contains("X-App"));
        Assert.Equal(ForwarderError.RequestCreation, await errors.WaitForAsync());
        Assert.Contains(proxy.Logs.Ours, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("instead of 101", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("101 Switching Protocols", "")]
    [InlineData("101", "Upgrade: h2c")]
    [InlineData("101", "Upgrade: websocket\r\nTransfer-Encoding: chunked")]
    [InlineData("101", "Upgrade: websocket\r\nX-A: 1\r\nStatus: 101")]
    public async Task Agreed_HeadThatIsNone_Is502(string status, string fields)
    {
        var errors = new ReportedErrors();
        await using var responder = ResponderOf($"Status: {status}\r\n{fields}{(fields.Length > 0 ? "\r\n" : "")}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Lines(Handshake));
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 502 ", head, StringComparison.Ordinal);
        Assert.DoesNotContain("websocket", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ForwarderError.ResponseHeaders, await errors.WaitForAsync());
        await responder.WaitForConnectionClosedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")]
    public async Task Http2_AgreedWithoutUnderstanding_Is502(string accept)
    {
        // An HTTP/1.1 client sees for itself that the application has not understood; this one cannot.
        await using var responder = ResponderOf($"Status: 101\r\nUpgrade: websocket\r\n{accept}\r\n");
        await using var proxy = await StartAsync(responder);

        using var response = await ConnectAsync(proxy);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("Sec-WebSocket-Accept", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Agreed_BehindAnInformationalHead_IsAgreed(bool http2)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendStdoutAsync("Status: 103\r\nLink: </a>\r\n\r\n");
            await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "\r\nhello");
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder);
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        Assert.Equal("hello", await client.ReadAsync(5));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http1_Off_IsAnOrdinaryRequestAnd101Is502(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "\r\n");
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Lines(Handshake));

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Null(responder.Requests[0]["HTTP_UPGRADE"]);
        Assert.Null(responder.Requests[0]["HTTP_CONNECTION"]);
        Assert.Equal("0", responder.Requests[0]["CONTENT_LENGTH"]);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "", "websocket", "Upgrade is off")]
    [InlineData(ForwardingPath.Messages, "", "websocket", "Upgrade is off")]
    [InlineData(ForwardingPath.Direct, UpgradeScripts.Option, "connect-udp", "'connect-udp'")]
    [InlineData(ForwardingPath.Messages, UpgradeScripts.Option, "connect-udp", "'connect-udp'")]
    public async Task Http2_NotForTheApplication_Is501WithoutAskingIt(ForwardingPath path, string options, string protocol, string reason)
    {
        var errors = new ReportedErrors();
        await using var responder = ResponderOf("");
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = (options.Length == 0 ? new ProxyJson(responder.Address) : new ProxyJson(responder.Address) { FastCgi = options }).On(path).ToString(),
            Pipeline = errors.Listen,
        });

        using var response = await ConnectAsync(proxy, protocol);

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Equal(ForwarderError.RequestCreation, await errors.WaitForAsync());
        Assert.Equal(0, responder.AcceptedConnections);
        var message = Assert.Single(proxy.Logs.Ours, entry => entry.Level == LogLevel.Warning).Message;
        Assert.Contains("route 'site', cluster 'app', destination 'a'", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http1_ConnectAsToAProxy_Is501WithoutAskingTheApplication()
    {
        await using var responder = ResponderOf("");
        await using var proxy = await StartAsync(responder);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 501 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(0, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__")]
    [InlineData("GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: TLS/1.2")]
    [InlineData("GET / HTTP/1.1", "Connection: Upgrade")]
    [InlineData("GET / HTTP/1.1", "Upgrade: websocket")]
    [InlineData("GET / HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket")]
    [InlineData("POST / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0")]
    public async Task Http1_NoWishForWebSocket_IsAnOrdinaryRequest(string line, string fields)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok").WithHeader("Content-Length", "2"));
        await using var proxy = await StartAsync(responder);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"{line}\r\nHost: localhost\r\n{fields}\r\n\r\n");
        var response = await client.ReadUntilAsync("\r\n\r\nok");

        Assert.StartsWith("HTTP/1.1 200 ", response, StringComparison.Ordinal);
        var request = Assert.Single(responder.Requests);
        Assert.True(request.IsComplete);
        Assert.Null(request["HTTP_UPGRADE"]);
        Assert.Null(request["HTTP_CONNECTION"]);
    }

    [Fact]
    public async Task PassRequestHeaders_False_TheHandshakeIsPassedNevertheless()
    {
        await using var responder = ResponderOf("Status: 403\r\n\r\n");
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = UpgradeScripts.Option + """, "PassRequestHeaders": false """ });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Lines(Handshake));
        await client.ReadHeadAsync();

        var request = Assert.Single(responder.Requests);
        Assert.Equal(
            ["HTTP_CONNECTION", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_WEBSOCKET_EXTENSIONS", "HTTP_SEC_WEBSOCKET_KEY", "HTTP_SEC_WEBSOCKET_PROTOCOL", "HTTP_SEC_WEBSOCKET_VERSION", "HTTP_TRACEPARENT", "HTTP_UPGRADE"],
            request.Params.Select(param => param.Name).Where(name => name.StartsWith("HTTP_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LocalRedirect_OfAnUpgrade_IsAskedForTheUpgrade(bool http2)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            if (request["PATH_INFO"] == "/")
            {
                await connection.SendStdoutAsync("Location: /chat\r\n\r\n");
                await connection.EndRequestAsync();
            }
            else
            {
                await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "\r\nhello");
            }

            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder);
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        Assert.Equal("hello", await client.ReadAsync(5));
        Assert.Equal("/chat", responder.Requests[1]["PATH_INFO"]);
        Assert.Equal("websocket", responder.Requests[1]["HTTP_UPGRADE"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ErrorPath_OfADeclinedUpgrade_IsAnOrdinaryRequest(bool http2)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            if (request["PATH_INFO"] == "/error")
            {
                await connection.ReadRemainingStdinAsync();
                await connection.SendReplyAsync(Reply.Text("explained"));
            }
            else
            {
                await connection.SendReplyAsync(Reply.Status(503));
            }

            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = UpgradeScripts.Option + """, "InterceptErrors": "503", "ErrorPath": "/error" """ });

        if (http2)
        {
            using var response = await ConnectAsync(proxy);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal("explained", await response.Content.ReadAsStringAsync());
        }
        else
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Lines(Handshake));
            Assert.StartsWith("HTTP/1.1 503 ", await client.ReadUntilAsync("explained"), StringComparison.Ordinal);
        }

        Assert.Null(responder.Requests[1]["HTTP_UPGRADE"]);
        Assert.Null(responder.Requests[1]["HTTP_CONNECTION"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transforms_OfTheRoute_WorkOnTheHandshake(bool http2)
    {
        HttpMethod? method = null;
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "X-App: 1\r\n\r\n");
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder, transforms =>
        {
            transforms.AddRequestHeader("X-Added", "by a transform");
            transforms.AddRequestHeaderRemove("Origin");
            transforms.AddPathPrefix("/app");
            transforms.AddResponseHeader("X-Added", "by a transform");
            transforms.AddResponseHeaderRemove("X-App");
            transforms.AddRequestTransform(context =>
            {
                method = context.ProxyRequest.Method;
                return default;
            });
        });

        string head;
        if (http2)
        {
            using var response = await ConnectAsync(proxy, fields: new() { { "Origin", "http://localhost" } });
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            head = response.Headers.ToString();
        }
        else
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Lines(Handshake));
            head = await client.ReadHeadAsync();
        }

        Assert.Contains("X-Added: by a transform", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("X-App", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpMethod.Get, method);
        var request = Assert.Single(responder.Requests);
        Assert.Equal("by a transform", request["HTTP_X_ADDED"]);
        Assert.StartsWith("/app/", request["PATH_INFO"], StringComparison.Ordinal);
        Assert.Null(request["HTTP_ORIGIN"]);
        Assert.Equal("websocket", request["HTTP_UPGRADE"], ignoreCase: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transforms_ThatSetAnotherStatus_HaveTheLastWord(bool http2)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync(first: "hello");
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder, transforms => transforms.AddResponseTransform(context =>
        {
            context.HttpContext.Response.StatusCode = 403;
            return default;
        }), errors);

        if (http2)
        {
            using var response = await ConnectAsync(proxy);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.Equal("", await response.Content.ReadAsStringAsync());
        }
        else
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Lines(Handshake));
            var head = await client.ReadHeadAsync();
            Assert.StartsWith("HTTP/1.1 403 ", head, StringComparison.Ordinal);
            Assert.DoesNotContain("Upgrade", head, StringComparison.Ordinal);
        }

        await responder.WaitForScriptAsync();
        Assert.Null(await errors.WaitForAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transforms_ThatSuppressTheBody_LeaveNothingOfAnUpgrade(bool http2)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync(first: "hello");
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await StartAsync(responder, transforms => transforms.AddResponseTransform(context =>
        {
            context.SuppressResponseBody = true;
            return default;
        }));

        if (http2)
        {
            using var response = await ConnectAsync(proxy);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        }
        else
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Lines(Handshake));
            Assert.StartsWith("HTTP/1.1 502 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        }

        await responder.WaitForScriptAsync();
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("suppress", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Kestrels_LimitOfUpgradedConnections_Is503(ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors, path) with
        {
            Kestrel = kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = 0,
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Lines(Handshake));
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 503 ", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket", head, StringComparison.Ordinal);
        Assert.Equal(ForwarderError.UpgradeResponseClient, await errors.WaitForAsync());
        await responder.WaitForScriptAsync();
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("MaxConcurrentUpgradedConnections", StringComparison.Ordinal));
        Assert.Equal(0, proxy.Pool(responder.Address).OpenCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SilentApplication_IsGivenUpAfterResponseHeadTimeout(bool http2)
    {
        // As fcgiwrap, which waits for the end of STDIN before it begins.
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors, connections: """ "ResponseHeadTimeout": "00:00:00.2" """));

        await AssertTimesOutAsync(proxy, http2);
        Assert.Equal(ForwarderError.RequestTimedOut, await errors.WaitForAsync());
        await responder.WaitForScriptAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RouteTimeout_BeforeTheAnswer_Is504(bool http2)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = UpgradeScripts.Option, Route = """ "Timeout": "00:00:00.3" """ }.ToString(),
            Services = services => services.AddRequestTimeouts(),
            App = app => app.UseRequestTimeouts(),
            Pipeline = errors.Listen,
        });

        await AssertTimesOutAsync(proxy, http2);
        Assert.Equal(ForwarderError.RequestTimedOut, await errors.WaitForAsync());
        await responder.WaitForScriptAsync();
    }

    private static async Task AssertTimesOutAsync(TestProxy proxy, bool http2)
    {
        if (http2)
        {
            using var response = await ConnectAsync(proxy);
            Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        }
        else
        {
            using var client = await proxy.ConnectAsync();
            await client.SendAsync(Lines(Handshake));
            Assert.StartsWith("HTTP/1.1 504 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(""", "IgnoreClientAbort": true """)]
    public async Task Client_LeavesBeforeTheAnswer_TheApplicationsConnectionIsClosed(string option)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = UpgradeScripts.Option + option }.ToString(),
            Pipeline = errors.Listen,
        });
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync(Lines(Handshake));
            await responder.WaitForRequestAsync();
        }

        await responder.WaitForScriptAsync();
        Assert.Equal(ForwarderError.RequestCanceled, await errors.WaitForAsync());
        Assert.Equal(0, proxy.Pool(responder.Address).OpenCount);
    }

    [Fact]
    public async Task Route_WithMethods_IsForHttp1Only()
    {
        // YARP refuses CONNECT among the methods of a route.
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync(first: "hello");
            await connection.ReadUntilClosedAsync();
        });
        var json = new ProxyJson(responder.Address) { FastCgi = UpgradeScripts.Option }.ToString();
        await using var proxy = await TestProxy.StartAsync(json.Replace("\"Match\": {", "\"Match\": { \"Methods\": [ \"GET\" ],", StringComparison.Ordinal));

        using var client = await UpgradedClient.ConnectAsync(proxy, http2: false);
        using var refused = await ConnectAsync(proxy);

        Assert.Equal("hello", await client.ReadAsync(5));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
    }

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, ForwardingPath path = ForwardingPath.Direct)
        => TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors(), path));

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, Action<ReverseProxy.Transforms.Builder.TransformBuilderContext> transforms, ReportedErrors? errors = null)
        => TestProxy.StartAsync(UpgradeScripts.Options(responder, errors ?? new ReportedErrors()) with
        {
            ReverseProxy = builder => builder.AddTransforms(transforms),
        });

    /// <summary>Answers every request with these bytes, whatever the request is.</summary>
    private static ScriptedResponder ResponderOf(string output) => ScriptedResponder.Start(async connection =>
    {
        await connection.ReadHeadAsync();
        await connection.SendStdoutAsync(output);
        await connection.ReadUntilClosedAsync();
    });

    private static Task<HttpResponseMessage> ConnectAsync(TestProxy proxy, string protocol = "websocket", string path = "/", Dictionary<string, string>? fields = null)
    {
        var message = new HttpRequestMessage(HttpMethod.Connect, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        message.Headers.Protocol = protocol;
        foreach (var (name, value) in fields ?? [])
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return proxy.Http2Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<string> ReadChunkedAsync(RawHttpConnection client)
    {
        var text = "";
        while (await client.ReadChunkAsync() is { Length: > 0 } chunk)
        {
            text += System.Text.Encoding.ASCII.GetString(chunk);
        }

        return text;
    }

    private static string Lines(string text) => text.ReplaceLineEndings("\r\n");
}
