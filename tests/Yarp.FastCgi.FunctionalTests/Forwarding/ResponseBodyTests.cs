using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Where a response ends, and what becomes of both connections behind it.</summary>
public class ResponseBodyTests
{
    private const string KeepAlive = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00" """;
    private const string Get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CompleteReply_Short_HasItsContentLength(bool stdoutIsEnded)
    {
        var exchange = await RunAsync(ForwardingPath.Direct, Wire.Join(
            Wire.Stdout("X-A: 1\r\n\r\nbo", padding: 6), Wire.Stderr("noise"), Wire.Stdout("dy"), stdoutIsEnded ? Wire.Stdout("") : [], Wire.EndRequest()));

        Assert.Contains("\r\nContent-Length: 4", exchange.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", exchange.Head, StringComparison.Ordinal);
        Assert.Equal("body", exchange.Body);
    }

    public static TheoryData<string, string, ForwardingPath> Bodiless()
    {
        var data = new TheoryData<string, string, ForwardingPath>();
        foreach (var path in new[] { ForwardingPath.Direct, ForwardingPath.Messages })
        {
            data.Add("HEAD", "", path);
            data.Add("HEAD", "Content-Length: 4\r\n", path);
            data.Add("HEAD", "Content-Length: 1000\r\n", path);
            data.Add("HEAD", "Status: 404\r\n", path);
            data.Add("GET", "Status: 204\r\n", path);
            data.Add("GET", "Status: 204\r\nContent-Length: 4\r\n", path);
            data.Add("POST", "Status: 205\r\nContent-Length: 4\r\n", path);
            data.Add("GET", "Status: 304\r\n", path);
            data.Add("GET", "Status: 304\r\nContent-Length: 1000\r\n", path);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Bodiless))]
    public async Task Bodiless_ApplicationSendsABody_BothConnectionsStayInStep(string method, string head, ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            while (await connection.TryReadRequestAsync() is { } request)
            {
                await connection.SendStdoutAsync(request["QUERY_STRING"] == "first" ? head + "X-A: 1\r\n\r\nbody that must not pass" : "\r\nsecond");
                await connection.EndRequestAsync();
            }
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"{method} /?first HTTP/1.1\r\nHost: localhost\r\n{(method == "POST" ? "Content-Length: 0\r\n" : "")}\r\n");
        var first = await client.ReadHeadAsync();
        await client.SendAsync(Get);
        var second = await client.ReadUntilAsync("second");

        Assert.Contains("\r\nX-A: 1\r\n", first, StringComparison.Ordinal);
        Assert.DoesNotContain("Transfer-Encoding", first, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", second, StringComparison.Ordinal);
        var length = first.Split("\r\n").SingleOrDefault(line => line.StartsWith("Content-Length:", StringComparison.Ordinal));
        Assert.Equal(head.Contains("1000", StringComparison.Ordinal) ? "Content-Length: 1000"
            : head.Contains("205", StringComparison.Ordinal) ? "Content-Length: 0"
            : method == "HEAD" && head.Contains("Length", StringComparison.Ordinal) ? "Content-Length: 4" : null, length);
        Assert.Equal(1, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData("HEAD", "", ForwardingPath.Direct)]
    [InlineData("HEAD", "Content-Length: 23\r\n", ForwardingPath.Messages)]
    [InlineData("GET", "Status: 204\r\n", ForwardingPath.Direct)]
    [InlineData("GET", "Status: 304\r\n", ForwardingPath.Messages)]
    public async Task Bodiless_OverHttp2_HasNoBody(string method, string head, ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendRawAsync(Wire.Join(Wire.Stdout(head + "X-A: 1\r\n\r\nbody that must not pass"), Wire.EndRequest()));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.SendAsync(http2: true, new HttpMethod(method));

        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-A")));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Bodiless_ApplicationGoesOnForLong_TheClientHasItsAnswerAndTheConnectionIsClosed()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\n");
            while (request["REQUEST_METHOD"] == "HEAD")
            {
                await connection.SendStdoutAsync(new byte[60_000]);
            }

            await connection.SendStdoutAsync("second");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var first = await client.ReadHeadAsync();
        await responder.WaitForConnectionClosedAsync();
        await client.SendAsync(Get);
        await client.ReadUntilAsync("second");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", first, StringComparison.Ordinal);
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Messages, false)]
    [InlineData(ForwardingPath.Messages, true)]
    public async Task ContentLength_TooManyBytes_AreCutReportedAndTheConnectionIsNotUsedAgain(ForwardingPath path, bool http2)
    {
        var errors = new ReportedErrors();
        await using var responder = AlwaysSends(Wire.Join(Wire.Stdout("Content-Length: 4\r\n\r\nbody and more"), Wire.Stdout("and more"), Wire.EndRequest()));
        await using var proxy = await StartAsync(responder, path, errors);

        for (var i = 1; i <= 2; i++)
        {
            using var response = await proxy.GetAsync(http2);
            Assert.Equal("body", await response.Content.ReadAsStringAsync());
            await responder.WaitForConnectionClosedAsync(i);
            Assert.Null(await errors.WaitForAsync(i));
        }

        Assert.Contains("route 'site', cluster 'app', destination 'a'", proxy.Logs.Ours.First(entry => entry.EventId.Name == "ResponseTooLong").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task ContentLength_TooManyBytesBehindMiddlewareWithItsOwnStream_AreCut(ForwardingPath path)
    {
        await using var responder = AlwaysSends(Wire.Join(Wire.Stdout("Content-Length: 4\r\n\r\nbody and more"), Wire.EndRequest()));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).On(path).ToString(),
            App = app => app.Use(async (context, next) =>
            {
                var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
                var own = new MemoryStream();
                context.Response.Body = own;
                await next(context);
                context.Features.Set(inner);
                await inner.Writer.WriteAsync(own.ToArray());
            }),
        });

        Assert.Equal("body", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Messages, true)]
    [InlineData(ForwardingPath.Messages, false)]
    public async Task ContentLength_TooFewBytes_ResetsTheClient(ForwardingPath path, bool endsProperly)
    {
        var errors = new ReportedErrors();
        await using var responder = AlwaysSends(Wire.Join(Wire.Stdout("Content-Length: 100\r\n\r\nshort"), endsProperly ? Wire.EndRequest() : []), thenClose: true);
        await using var proxy = await StartAsync(responder, path, errors);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        var (_, close) = await client.ReadToEndAsync();

        Assert.Equal(PeerClose.Reset, close);
        Assert.Equal(ForwarderError.ResponseBodyDestination, await errors.WaitForAsync());
        Assert.StartsWith(
            (endsProperly ? "ResponseTooShort" : "ConnectionLost") + " on route 'site', cluster 'app', destination 'a' (",
            Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ResponseCutShort").Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "Content-Length: 100\r\n")]
    [InlineData(ForwardingPath.Direct, "")]
    [InlineData(ForwardingPath.Messages, "Content-Length: 100\r\n")]
    [InlineData(ForwardingPath.Messages, "")]
    public async Task Http2_ResponseCutShort_IsAnInternalErrorOfTheStream(ForwardingPath path, string length)
    {
        await using var responder = AlwaysSends(Wire.Stdout(length + "X-A: 1\r\n\r\nshort"), thenClose: true);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        var failure = await Assert.ThrowsAnyAsync<HttpRequestException>(async () =>
        {
            using var response = await proxy.GetAsync(http2: true);
            await response.Content.ReadAsByteArrayAsync();
        });

        const int InternalError = 2;
        Assert.Equal(InternalError, FindProtocolError(failure)?.ErrorCode);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "Content-Length: 4\r\n", false)]
    [InlineData(ForwardingPath.Direct, "", true)]
    [InlineData(ForwardingPath.Messages, "Content-Length: 4\r\n", false)]
    [InlineData(ForwardingPath.Messages, "", true)]
    public async Task Complete_WithoutEndRequest_IsPassedOnAndReported(ForwardingPath path, string length, bool stdoutIsEnded)
    {
        var errors = new ReportedErrors();
        await using var responder = AlwaysSends(Wire.Join(Wire.Stdout(length + "\r\nbody"), stdoutIsEnded ? Wire.Stdout("") : []), thenClose: true);
        await using var proxy = await StartAsync(responder, path, errors);

        for (var i = 1; i <= 2; i++)
        {
            Assert.Equal("body", await proxy.Client.GetStringAsync("/"));
            Assert.Null(await errors.WaitForAsync(i));
        }

        Assert.Equal(2, responder.AcceptedConnections);
        Assert.Equal(2, proxy.Logs.Ours.Count(entry => entry.EventId.Name == "MissingEndRequest"));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Complete_ThenConnectionReset_IsPassedOn(ForwardingPath path)
    {
        var clientHasIt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendStdoutAsync("Content-Length: 4\r\n\r\nbody");
                await clientHasIt.Task.WithinAsync("the client to have the body");
                connection.Reset();
            },
            ResponderSocket.Tcp);
        await using var proxy = await StartAsync(responder, path);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await client.ReadUntilAsync("body");
        clientHasIt.SetResult();
        var (rest, close) = await client.ReadToEndAsync();

        Assert.Equal("", rest);
        Assert.Equal(PeerClose.Graceful, close);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Complete_ButTheApplicationStaysSilentForActivityTimeout_IsNotReset(ForwardingPath path)
    {
        await using var responder = AlwaysSends(Wire.Stdout("Content-Length: 4\r\n\r\nbody"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:00.3" } """,
        }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, close) = await client.ReadToEndAsync();

        Assert.EndsWith("\r\n\r\nbody", text, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, close);
    }

    [Theory]
    [InlineData(1, 502, ForwarderError.Request, ForwardingPath.Direct)]
    [InlineData(2, 503, ForwarderError.Request, ForwardingPath.Direct)]
    [InlineData(3, 502, ForwarderError.Request, ForwardingPath.Direct)]
    [InlineData(77, 502, ForwarderError.Request, ForwardingPath.Direct)]
    [InlineData(1, 502, ForwarderError.Request, ForwardingPath.Messages)]
    [InlineData(2, 503, ForwarderError.Request, ForwardingPath.Messages)]
    public async Task ProtocolStatus_RefusedBeforeAnyOutput_IsAnsweredAndTheConnectionIsNotUsedAgain(byte status, int expected, ForwarderError error, ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var responder = AlwaysSends(Wire.EndRequest(protocolStatus: status));
        await using var proxy = await StartAsync(responder, path, errors);

        for (var i = 1; i <= 2; i++)
        {
            using var response = await proxy.GetAsync(http2: false);
            Assert.Equal(expected, (int)response.StatusCode);
            Assert.Equal(expected == 503, response.Headers.RetryAfter is not null);
            Assert.Equal(error, await errors.WaitForAsync(i));
            await responder.WaitForConnectionClosedAsync(i);
        }
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Messages, false)]
    [InlineData(ForwardingPath.Messages, true)]
    public async Task ProtocolStatus_RefusedInsideTheBody_ResetsTheClient(ForwardingPath path, bool transformReadsTheBody)
    {
        await using var responder = AlwaysSends(Wire.Join(Wire.Stdout("X-A: 1\r\n\r\nbody"), Wire.EndRequest(protocolStatus: 2)));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).On(path).ToString(),
            ReverseProxy = transformReadsTheBody ? BodyTransforms.Rewrap : _ => { },
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Get);
        var (text, close) = await client.ReadToEndAsync();

        Assert.Equal(PeerClose.Reset, close);
        Assert.DoesNotContain("\r\n0\r\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "Content-Length: 4\r\n")]
    [InlineData("HEAD", "")]
    [InlineData("GET", "Status: 204\r\n")]
    [InlineData("GET", "Status: 304\r\n")]
    public async Task TransformTakesTheBody_Response_IsTheSame(string method, string head)
    {
        var errors = new ReportedErrors();
        await using var responder = AlwaysSends(Wire.Join(Wire.Stdout(head + "X-A: 1\r\n\r\nbody"), Wire.EndRequest()));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive }.ToString(),
            ReverseProxy = BodyTransforms.Rewrap,
            Pipeline = errors.Listen,
        });

        for (var i = 1; i <= 2; i++)
        {
            using var response = await proxy.SendAsync(http2: false, new HttpMethod(method));
            Assert.Equal(head.StartsWith("Status", StringComparison.Ordinal) ? head[8..11] : "200", $"{(int)response.StatusCode}");
            Assert.Equal(method == "HEAD" || head.StartsWith("Status", StringComparison.Ordinal) ? "" : "body", await response.Content.ReadAsStringAsync());
            Assert.Null(await errors.WaitForAsync(i));
        }

        Assert.Equal(1, responder.AcceptedConnections);
    }

    private static HttpProtocolException? FindProtocolError(Exception? exception)
        => exception is null ? null : exception as HttpProtocolException ?? FindProtocolError(exception.InnerException);

    /// <summary>Answers every request with the same bytes, right or wrong.</summary>
    private static ScriptedResponder AlwaysSends(byte[] response, bool thenClose = false) => ScriptedResponder.Start(async connection =>
    {
        while (await connection.TryReadRequestAsync() is { } request)
        {
            await connection.SendRawAsync(Wire.WithRequestId(request.Id, response));
            if (thenClose)
            {
                return;
            }
        }
    });

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, ForwardingPath path, ReportedErrors? errors = null) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(responder.Address) { ClusterFastCgi = KeepAlive }.On(path).ToString(),
        Pipeline = (errors ?? new ReportedErrors()).Listen,
    });

    private static async Task<Exchange> RunAsync(ForwardingPath path, byte[] response)
    {
        await using var responder = AlwaysSends(response);
        await using var proxy = await StartAsync(responder, path);
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, close) = await client.ReadToEndAsync();
        return new Exchange(text, close, proxy.Logs);
    }
}
