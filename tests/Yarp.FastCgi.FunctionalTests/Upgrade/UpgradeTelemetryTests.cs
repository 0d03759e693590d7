using System.Collections.Concurrent;
using System.Diagnostics;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>The span of an upgraded request is that of the whole conversation, and says how it ended.</summary>
public sealed class UpgradeTelemetryTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public UpgradeTelemetryTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Yarp.FastCgi",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData("the application ends", null)]
    [InlineData("the application breaks off", "connection_lost")]
    [InlineData("the client resets", "canceled")]
    public async Task Span_OfAConversation_SaysHowItEnded(string end, string? expected)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.ReadStdinAsync();
            if (end != "the application breaks off")
            {
                await connection.EndRequestAsync();
                await connection.ReadUntilClosedAsync();
            }
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors()));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2: true);
        Assert.Empty(Of(responder.Address));

        if (end == "the client resets")
        {
            await client.ResetAsync();
        }
        else
        {
            await client.SendAsync("go");
            await client.ReadToEndAsync();
        }

        await Eventually.UntilAsync(() => Of(responder.Address).Any(), "the span to end");
        var span = Assert.Single(Of(responder.Address));
        Assert.Equal("GET", span.DisplayName);
        Assert.Equal(101, span.GetTagItem("http.response.status_code"));
        Assert.Equal(expected, span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task Span_OfAConnectAnsweredBySuccess_IsThatOfARefusal()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendReplyAsync(Reply.Text("page"));
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors()));

        await Assert.ThrowsAsync<InvalidOperationException>(() => UpgradedClient.ConnectAsync(proxy, http2: true));

        await Eventually.UntilAsync(() => Of(responder.Address).Any(), "the span to end");
        Assert.Equal("upgrade_refused", Assert.Single(Of(responder.Address)).GetTagItem("error.type"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handshake_OneDestinationIsDown_GoesToAnother(bool http2)
    {
        var down = await ScriptedResponder.UnusedAddressAsync();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.EchoAsync();
            await connection.EndRequestAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(down, responder.Address) { FastCgi = UpgradeScripts.Option, Cluster = """ "LoadBalancingPolicy": "FirstAlphabetical" """ });
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        await client.SendAsync("a");
        Assert.Equal("a", await client.ReadAsync(1));
        await client.EndAsync();

        await responder.WaitForScriptAsync();
        await Eventually.UntilAsync(() => Of(responder.Address).Any(), "the span to end");
        Assert.Equal("connect_failed", Assert.Single(Of(down)).GetTagItem("error.type"));
        Assert.Equal(1, Assert.Single(Of(responder.Address)).GetTagItem("http.request.resend_count"));
    }

    private IEnumerable<Activity> Of(string address) => _spans.Where(span => "unix:" + span.GetTagItem("server.address") == address);
}
