using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>.NET's WebSocket client, Kestrel, and a real application behind libfcgi.</summary>
public class WebSocketTests
{
    private const int Processes = 4;

    public static TheoryData<bool, ForwardingPath> Ways() => UpgradedConnectionTests.Ways();

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [MemberData(nameof(Ways))]
    public async Task Messages_OfEverySize_AreEchoed(bool http2, ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var application = await WebSocketApplication.StartAsync(Processes);
        await using var proxy = await StartAsync(application, errors, path);
        using var client = await ConnectAsync(proxy, http2, "chat", "superchat");

        Assert.Equal("chat", client.SubProtocol);
        foreach (var length in new[] { 0, 1, 125, 126, 65_535, 65_536, 3_000_000 })
        {
            var message = TestBody.Create(length);
            await SendAsync(client, message, WebSocketMessageType.Binary);
            var (type, received) = await ReceiveAsync(client);

            Assert.Equal(WebSocketMessageType.Binary, type);
            Assert.Equal(TestBody.Hash(message), TestBody.Hash(received));
        }

        Assert.Equal("héllo", await AskAsync(client, "héllo"));
        await CloseAsync(client);
        Assert.Null(await errors.WaitForAsync());
        Assert.Equal(0, proxy.Pool(application.Address).OpenCount);
        Assert.DoesNotContain(proxy.Logs.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handshake_OfEitherVersion_IsTheSameToTheApplication(bool http2)
    {
        await using var application = await WebSocketApplication.StartAsync(Processes);
        await using var proxy = await StartAsync(application, new ReportedErrors());
        using var client = await ConnectAsync(proxy, http2);

        Assert.Equal("GET", await AskAsync(client, "param REQUEST_METHOD"));
        Assert.Equal("HTTP/1.1", await AskAsync(client, "param SERVER_PROTOCOL"));
        Assert.Equal("/chat?room=1", await AskAsync(client, "param REQUEST_URI"));
        Assert.Equal("(none)", await AskAsync(client, "param CONTENT_LENGTH"));
        await CloseAsync(client);
    }

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_Closes_TheClientHearsWhy(bool http2)
    {
        var errors = new ReportedErrors();
        await using var application = await WebSocketApplication.StartAsync(Processes);
        await using var proxy = await StartAsync(application, errors);
        using var client = await ConnectAsync(proxy, http2);

        await SendAsync(client, "close"u8.ToArray(), WebSocketMessageType.Text);
        var (type, _) = await ReceiveAsync(client);
        Assert.Equal(WebSocketMessageType.Close, type);
        Assert.Equal((WebSocketCloseStatus)4000, client.CloseStatus);
        Assert.Equal("as you like", client.CloseStatusDescription);
        await CloseAsync(client);

        Assert.Null(await errors.WaitForAsync());
        Assert.Equal(0, proxy.Pool(application.Address).OpenCount);
    }

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_Vanishes_TheApplicationIsFreeForTheNext(bool http2)
    {
        await using var application = await WebSocketApplication.StartAsync(processes: 1);
        await using var proxy = await StartAsync(application, new ReportedErrors());

        for (var i = 0; i < 3; i++)
        {
            using var client = await ConnectAsync(proxy, http2);
            Assert.Equal("here", await AskAsync(client, "here"));
            client.Abort();
        }

        using var last = await ConnectAsync(proxy, http2);
        Assert.Equal("here", await AskAsync(last, "here"));
        await CloseAsync(last);
    }

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_Dies_TheClientIsCutOff(bool http2)
    {
        var errors = new ReportedErrors();
        await using var application = await WebSocketApplication.StartAsync(Processes);
        await using var proxy = await StartAsync(application, errors);
        using var client = await ConnectAsync(proxy, http2);

        await SendAsync(client, "die"u8.ToArray(), WebSocketMessageType.Text);
        var exception = await Assert.ThrowsAnyAsync<WebSocketException>(() => ReceiveAsync(client));

        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, exception.WebSocketErrorCode);
        Assert.Equal(ForwarderError.UpgradeResponseDestination, await errors.WaitForAsync());
    }

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clients_ManyAtATime_AreServedInTurn(bool http2)
    {
        const int Clients = 40;
        await using var application = await WebSocketApplication.StartAsync(Processes);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(application.Address)
        {
            FastCgi = UpgradeScripts.Option,
            ClusterFastCgi = $""" "MaxConnections": {Processes}, "QueueTimeout": "00:01:00" """,
        });

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
        {
            using var client = await ConnectAsync(proxy, http2);
            for (var i = 0; i < 20; i++)
            {
                var text = $"{number}: {new string('x', 300 * i)}";
                Assert.Equal(text, await AskAsync(client, text));
            }

            await CloseAsync(client);
        }));

        Assert.Equal(0, proxy.Pool(application.Address).WaitingCount);
        await Eventually.UntilAsync(() => proxy.Pool(application.Address).OpenCount == 0, "the last connection to be closed");
    }

    [RequiresProgramFact(ExternalProgram.PerlFcgi)]
    public async Task OrdinaryRequest_ToTheSameApplication_IsAnswered()
    {
        await using var application = await WebSocketApplication.StartAsync(Processes);
        await using var proxy = await StartAsync(application, new ReportedErrors());

        using var response = await proxy.Client.GetAsync("/chat");

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Equal("This is a WebSocket application.\n", await response.Content.ReadAsStringAsync());
    }

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Telemetry_OfYarp_CountsTheConversation(bool http2)
    {
        // YARP's middleware puts streams of its own around those of the server.
        var errors = new ReportedErrors();
        await using var application = await WebSocketApplication.StartAsync(Processes);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(application.Address) { FastCgi = UpgradeScripts.Option }.ToString(),
            App = app => app.UseWebSocketsTelemetry(),
            Pipeline = errors.Listen,
        });
        using var client = await ConnectAsync(proxy, http2);

        Assert.Equal("here", await AskAsync(client, "here"));
        await CloseAsync(client);
        Assert.Null(await errors.WaitForAsync());
    }

    private static Task<TestProxy> StartAsync(WebSocketApplication application, ReportedErrors errors, ForwardingPath path = ForwardingPath.Direct)
        => TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(application.Address) { FastCgi = UpgradeScripts.Option }.On(path).ToString(),
            Pipeline = errors.Listen,
        });

    private static async Task<ClientWebSocket> ConnectAsync(TestProxy proxy, bool http2, params string[] protocols)
    {
        var client = new ClientWebSocket();
        client.Options.HttpVersion = http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        foreach (var protocol in protocols)
        {
            client.Options.AddSubProtocol(protocol);
        }

        try
        {
            await client.ConnectAsync(new Uri($"ws://{(http2 ? proxy.Http2EndPoint : proxy.EndPoint)}/chat?room=1"), http2 ? proxy.Http2Client : proxy.Client, CancellationToken.None)
                .WithinAsync("the handshake");
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static Task SendAsync(ClientWebSocket client, byte[] message, WebSocketMessageType type)
        => client.SendAsync(message, type, endOfMessage: true, CancellationToken.None).WithinAsync($"a message of {message.Length} bytes to be sent");

    private static async Task<(WebSocketMessageType Type, byte[] Message)> ReceiveAsync(ClientWebSocket client)
    {
        var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        WebSocketReceiveResult result;
        do
        {
            result = await client.ReceiveAsync(buffer, CancellationToken.None).WithinAsync("a message");
            message.Write(buffer, 0, result.Count);
        }
        while (!result.EndOfMessage);

        return (result.MessageType, message.ToArray());
    }

    private static async Task<string> AskAsync(ClientWebSocket client, string text)
    {
        await SendAsync(client, Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);
        var (type, answer) = await ReceiveAsync(client);
        Assert.Equal(WebSocketMessageType.Text, type);
        return Encoding.UTF8.GetString(answer);
    }

    private static async Task CloseAsync(ClientWebSocket client)
    {
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None).WithinAsync("the closing handshake");
        Assert.Equal(WebSocketState.Closed, client.State);
    }
}
