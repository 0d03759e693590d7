using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.Transforms;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>What client, YARP and operator learn of each failure.</summary>
public class FailureTests
{
    private const string Where = "route 'site', cluster 'app', destination 'a' (";

    [Theory]
    [InlineData(ForwardingPath.Direct, ResponderSocket.Unix)]
    [InlineData(ForwardingPath.Direct, ResponderSocket.Tcp)]
    [InlineData(ForwardingPath.Messages, ResponderSocket.Unix)]
    public async Task NobodyListens_Is502(ForwardingPath path, ResponderSocket kind)
    {
        var address = await ScriptedResponder.UnusedAddressAsync(kind);

        var (status, error, message) = await FailAsync(new ProxyJson(address).On(path));

        Assert.Equal((HttpStatusCode.BadGateway, ForwarderError.Request), (status, error));
        Assert.StartsWith($"ConnectFailed on {Where}{address}): answered 502.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "ResponseHeadTimeout", "")]
    [InlineData(ForwardingPath.Messages, "ResponseHeadTimeout", "")]
    [InlineData(ForwardingPath.Direct, "ResponseHeadTimeout", "Status: 103\r\n\r\n")]
    [InlineData(ForwardingPath.Direct, "ActivityTimeout", "")]
    [InlineData(ForwardingPath.Messages, "ActivityTimeout", "")]
    public async Task SilentApplication_Is504NamingTheTimeout(ForwardingPath path, string timeout, string output)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            if (output.Length > 0)
            {
                await connection.SendStdoutAsync(output);
            }

            await connection.WaitForPeerCloseAsync();
        });
        var json = timeout == "ResponseHeadTimeout"
            ? new ProxyJson(responder.Address) { ClusterFastCgi = """ "ResponseHeadTimeout": "00:00:00.2" """ }
            : new ProxyJson(responder.Address) { Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:00.2" } """ };

        var (status, error, message) = await FailAsync(json.On(path));

        Assert.Equal((HttpStatusCode.GatewayTimeout, ForwarderError.RequestTimedOut), (status, error));
        Assert.StartsWith($"{timeout} on {Where}", message, StringComparison.Ordinal);
        await responder.WaitForScriptAsync();
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task ActivityTimeout_InsideTheBody_ResetsTheHttp2Stream(ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\npart");
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:00.2" } """ }.On(path), errors);

        using var response = await proxy.GetAsync(http2: true);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync());

        Assert.Equal(ForwarderError.ResponseBodyDestination, await errors.WaitForAsync());
        Assert.StartsWith($"ActivityTimeout on {Where}", Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ResponseCutShort").Message, StringComparison.Ordinal);
        await responder.WaitForScriptAsync();
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task ConnectTimeout_FullBacklog_Is504NamingTheSetting(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.StartWithoutAccepting(backlog: 0);
        using var first = new TestSocket(new(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified));
        await first.Socket.ConnectAsync(responder.EndPoint);

        var (status, error, message) = await FailAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "ConnectTimeout": "00:00:00.2" """ }.On(path));

        Assert.Equal((HttpStatusCode.GatewayTimeout, ForwarderError.RequestTimedOut), (status, error));
        Assert.StartsWith($"ConnectTimeout on {Where}", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, """ "QueueLimit": 0 """, "QueueFull", "(QueueLimit)")]
    [InlineData(ForwardingPath.Messages, """ "QueueLimit": 0 """, "QueueFull", "(QueueLimit)")]
    [InlineData(ForwardingPath.Direct, """ "QueueTimeout": "00:00:00.2" """, "QueueTimeout", "QueueTimeout (00:00:00.2")]
    [InlineData(ForwardingPath.Messages, """ "QueueTimeout": "00:00:00.2" """, "QueueTimeout", "QueueTimeout (00:00:00.2")]
    public async Task NoConnectionFree_Is503WithRetryAfterAndHarmsNoDestination(ForwardingPath path, string setting, string name, string named)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the first request go");
            return Reply.Text("ok");
        });
        await using var proxy = await StartAsync(
            new ProxyJson(responder.Address)
            {
                ClusterFastCgi = """ "MaxConnections": 1, """ + setting,
                Cluster = """ "HealthCheck": { "Passive": { "Enabled": true, "Policy": "TransportFailureRate" } } """,
            }.On(path),
            errors);
        var first = proxy.Client.GetStringAsync("/");
        await responder.WaitForRequestAsync();

        for (var i = 1; i <= 3; i++)
        {
            using var response = await proxy.GetAsync(http2: false);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
            Assert.Equal(ForwarderError.NoAvailableDestinations, await errors.WaitForAsync(i));
        }

        var message = proxy.Logs.Ours.First(entry => entry.EventId.Name == "ForwardingFailed").Message;
        Assert.StartsWith($"{name} on {Where}", message, StringComparison.Ordinal);
        Assert.Contains("1 connections", message, StringComparison.Ordinal);
        Assert.Contains("(MaxConnections)", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
        release.SetResult();
        Assert.Equal("ok", await first);
        Assert.NotEqual(DestinationHealth.Unhealthy, proxy.Destination("a").Health.Passive);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "", ForwarderError.Request)]
    [InlineData(ForwardingPath.Messages, "", ForwarderError.Request)]
    [InlineData(ForwardingPath.Direct, "X-A: 1\r\n", ForwarderError.Request)]
    public async Task Application_ClosesBeforeItsHead_Is502(ForwardingPath path, string output, ForwarderError expected)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            if (output.Length > 0)
            {
                await connection.SendStdoutAsync(output);
            }
        });

        var (status, error, message) = await FailAsync(new ProxyJson(responder.Address).On(path));

        Assert.Equal((HttpStatusCode.BadGateway, expected), (status, error));
        Assert.StartsWith($"ConnectionLost on {Where}", message, StringComparison.Ordinal);
        Assert.Single(responder.Requests);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task ParamOf70KB_Is431AndNothingIsSent(string method)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        var errors = new ReportedErrors();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            Pipeline = errors.Listen,
            Kestrel = kestrel => kestrel.Limits.MaxRequestHeadersTotalSize = 200_000,
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\nX-Long: {new string('x', 70_000)}\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 431 ", text, StringComparison.Ordinal);
        Assert.Equal(ForwarderError.RequestCreation, await errors.WaitForAsync());
        Assert.Contains("HTTP_X_LONG", Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed").Message, StringComparison.Ordinal);
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        Assert.Single(responder.Requests);
    }

    [Fact]
    public async Task MapFastCgi_Failure_NamesTheEndpoint()
    {
        var address = await ScriptedResponder.UnusedAddressAsync();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { App = app => app.MapFastCgi("/app/{**path}", address) });

        using var response = await proxy.GetAsync(http2: false, "/app/x");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var message = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed").Message;
        Assert.StartsWith("ConnectFailed on endpoint 'FastCGI /app/{**path} => ", message, StringComparison.Ordinal);
        Assert.Contains(address, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("before any output")]
    [InlineData("with the response in hand")]
    public async Task Transform_Throws_IsAFailureThatIsReported(string when)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            Pipeline = errors.Listen,
            ReverseProxy = builder => builder.AddTransforms(transforms =>
            {
                if (when == "before any output")
                {
                    transforms.AddRequestTransform(_ => throw new InvalidOperationException("a broken transform"));
                }
                else
                {
                    transforms.AddResponseTransform(context => context.ProxyResponse is null ? default : throw new InvalidOperationException("a broken transform"));
                }
            }),
        });

        using var response = await proxy.GetAsync(http2: false);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.NotNull(await errors.WaitForAsync());
        Assert.Contains("a broken transform", Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed").Message, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, ForwarderError? Error, string Message)> FailAsync(ProxyJson json)
    {
        var errors = new ReportedErrors();
        await using var proxy = await StartAsync(json, errors);
        using var response = await proxy.GetAsync(http2: false);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
        return (response.StatusCode, await errors.WaitForAsync(), Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed").Message);
    }

    private static Task<TestProxy> StartAsync(ProxyJson json, ReportedErrors errors) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = json.ToString(),
        Pipeline = errors.Listen,
        Services = services => services.Configure<TransportFailureRateHealthPolicyOptions>(policy => policy.MinimalTotalCountThreshold = 1),
    });
}
