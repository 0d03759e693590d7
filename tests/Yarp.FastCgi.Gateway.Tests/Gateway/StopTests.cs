using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>What SIGTERM does to requests and connections, phase by phase; the gateway is a process of its own.</summary>
public sealed class StopTests : IAsyncLifetime, IDisposable
{
    private const string Hour = "01:00:00";

    private readonly TempDirectory _directory = new();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ScriptedResponder _application;

    public StopTests() => _application = ScriptedResponder.Start(ServeAsync);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _application.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_ResponseInTheMiddle_IsFinished(bool http2)
    {
        using var gateway = await StartAsync();
        using var client = Client(gateway, http2);
        using var response = await client.GetAsync("/held", HttpCompletionOption.ResponseHeadersRead);

        await gateway.SignalAsync();
        await gateway.WaitForClosedListenersAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await gateway.ReadinessAsync());

        _release.SetResult();
        Assert.Equal("first rest", await response.Content.ReadAsStringAsync());
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Empty(await gateway.ReadLogAsync());
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("true", false)]
    [InlineData("false", true)]
    [InlineData("false", false)]
    public async Task Stop_RequestInTheMiddle_IsReceivedAndAnswered(string requestBuffering, bool beginsInTheDelay)
    {
        using var gateway = await StartAsync(drainDelay: beginsInTheDelay ? Hour : "00:00:00", route: $""" , "RequestBuffering": {requestBuffering} """);
        using var connection = await RawHttpConnection.ConnectAsync(EndPoint(gateway));
        if (beginsInTheDelay)
        {
            await gateway.SignalAsync();
            await gateway.WaitForNotReadyAsync();
        }

        await connection.SendAsync("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        await connection.SendAsync("01234");

        await gateway.SignalAsync();
        await gateway.WaitForClosedListenersAsync();
        await connection.SendAsync("56789");

        var (text, close) = await connection.ReadToEndAsync();
        Assert.Contains("\r\nConnection: close\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("0123456789", text, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, close);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Stop_RequestInTheQueue_IsServed()
    {
        using var gateway = await StartAsync(cluster: """ "MaxConnections": 1 """);
        using var client = Client(gateway);
        using var response = await client.GetAsync("/held", HttpCompletionOption.ResponseHeadersRead);
        using var queued = await SendToTheQueueAsync(gateway);

        await gateway.SignalAsync();
        await gateway.WaitForClosedListenersAsync();
        _release.SetResult();

        Assert.Equal("first rest", await response.Content.ReadAsStringAsync());
        var (text, _) = await queued.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Fact]
    public async Task Stop_RequestThatStaysInTheQueue_Is503WithRetryAfter()
    {
        using var gateway = await StartAsync(cluster: """ "MaxConnections": 1, "QueueTimeout": "00:00:01" """);
        using var client = Client(gateway);
        using var response = await client.GetAsync("/held", HttpCompletionOption.ResponseHeadersRead);
        using var queued = await SendToTheQueueAsync(gateway);

        await gateway.SignalAsync();

        var (text, _) = await queued.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 503 ", text, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: ", text, StringComparison.Ordinal);
        _release.SetResult();
        Assert.Equal("first rest", await response.Content.ReadAsStringAsync());
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stop_ResponseLongerThanDrainTimeout_IsCutAndTheExitCodeIsZero(bool http2)
    {
        using var gateway = await StartAsync(drainTimeout: "00:00:00.5");
        using var client = Client(gateway, http2);
        using var response = await client.GetAsync("/held", HttpCompletionOption.ResponseHeadersRead);

        await gateway.SignalAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Contains("Gateway:DrainTimeout", await gateway.ReadLogAsync(), StringComparison.Ordinal);
        _release.SetResult();
        await _application.WaitForConnectionClosedAsync();
    }

    [Fact]
    public async Task Stop_FurtherSignals_EndTheDelayAndThenTheRequests()
    {
        using var gateway = await StartAsync(drainDelay: Hour, drainTimeout: Hour);
        using var client = Client(gateway);
        using var response = await client.GetAsync("/held", HttpCompletionOption.ResponseHeadersRead);

        await gateway.SignalAsync();
        await gateway.WaitForNotReadyAsync();
        Assert.Equal("/served", await client.GetStringAsync("/served"));

        await gateway.SignalAsync();
        await gateway.WaitForClosedListenersAsync();

        await gateway.SignalAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        Assert.Equal(0, await gateway.WaitForExitAsync());
        _release.SetResult();
    }

    [Fact]
    public async Task Delay_Passed_EndsByItself()
    {
        using var gateway = await StartAsync(drainDelay: "00:00:00.1");

        Assert.Equal(0, await gateway.StopAsync());
        Assert.Empty(await gateway.ReadLogAsync());
    }

    [Fact]
    public async Task Delay_KeptHttp1Connection_IsClosedBehindItsNextResponse()
    {
        using var gateway = await StartAsync(drainDelay: Hour);
        using var connection = await RawHttpConnection.ConnectAsync(EndPoint(gateway));
        const string Request = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
        await connection.SendAsync(Request);
        Assert.DoesNotContain("Connection:", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        await connection.ReadExactlyAsync("/x".Length);

        await gateway.SignalAsync();
        await gateway.WaitForNotReadyAsync();
        await connection.SendAsync(Request);

        var (text, close) = await connection.ReadToEndAsync();
        Assert.Contains("\r\nConnection: close\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("/x", text, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, close);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task Delay_Http2Connection_IsLeftBehindItsNextResponse()
    {
        using var gateway = await StartAsync(drainDelay: Hour);
        var connections = 0;
        using var client = Client(gateway, http2: true, () => Interlocked.Increment(ref connections));
        Assert.Equal("/1", await client.GetStringAsync("/1"));
        Assert.Equal("/2", await client.GetStringAsync("/2"));
        Assert.Equal(1, connections);

        await gateway.SignalAsync();
        await gateway.WaitForNotReadyAsync();

        // The client leaves the connection as soon as it has read the GOAWAY, which comes with the first of these responses.
        Assert.Equal("/3", await client.GetStringAsync("/3"));
        await Eventually.UntilAsync(
            async () =>
            {
                Assert.Equal("/4", await client.GetStringAsync("/4"));
                return connections > 1;
            },
            "the client to use another connection");
        Assert.Equal(0, await gateway.StopAsync());
    }

    private static IPEndPoint EndPoint(GatewayProcess gateway) => new(IPAddress.Loopback, new Uri(gateway.Url).Port);

    private static HttpClient Client(GatewayProcess gateway, bool http2 = false, Action? onConnect = null) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellation) =>
        {
            onConnect?.Invoke();
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri(gateway.Urls.ElementAt(http2 ? 1 : 0)),
        DefaultRequestVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TestTimeout.Default,
    };

    /// <summary>A request whose body the gateway has asked for: it gets its place in the queue as soon as the body has come.</summary>
    private static async Task<RawHttpConnection> SendToTheQueueAsync(GatewayProcess gateway)
    {
        var connection = await RawHttpConnection.ConnectAsync(EndPoint(gateway));
        await connection.SendAsync("POST /queued HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        await connection.SendAsync("x");
        return connection;
    }

    private Task<GatewayProcess> StartAsync(string drainDelay = "00:00:00", string drainTimeout = "00:00:20", string cluster = "", string route = "")
    {
        _directory.WriteFile(
            "appsettings.json",
            $$"""
            {
              "Gateway": { "DrainDelay": "{{drainDelay}}", "DrainTimeout": "{{drainTimeout}}" },
              "ReverseProxy": {
                "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "{**path}" }, "FastCgi": { "CheckFile": "Off"{{route}} } } },
                "Clusters": { "app": { "Transport": "fastcgi", "FastCgi": { {{cluster}} }, "Destinations": { "a": { "Address": "{{_application.Address}}" } } } }
              }
            }
            """);
        return GatewayProcess.StartAsync(
            _directory.Path,
            new Dictionary<string, string>(),
            "--listen",
            "http://127.0.0.1:0",
            "--listen",
            "h2c://127.0.0.1:0",
            "--management",
            "http://127.0.0.1:0");
    }

    private async Task ServeAsync(ScriptedConnection connection)
    {
        var request = await connection.ReadRequestAsync();
        if (request["PATH_INFO"] == "/held")
        {
            await connection.SendStdoutAsync("Content-Type: text/plain\r\n\r\nfirst ");
            await _release.Task.WithinAsync("the test to let the response go on");
            await connection.SendStdoutAsync("rest");
            await connection.EndRequestAsync();
        }
        else
        {
            // With its length the answer looks the same whether or not its end has come when it is passed on.
            var answer = request.StdinLength > 0 ? request.StdinText : request["PATH_INFO"]!;
            await connection.SendReplyAsync(Reply.Text(answer).WithHeader("Content-Length", string.Create(CultureInfo.InvariantCulture, $"{answer.Length}")));
        }

        connection.ShutdownSend();
        await connection.WaitForPeerCloseAsync();
    }
}
