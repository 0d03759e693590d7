using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>Nothing is left behind by an upgraded connection, however it ends.</summary>
[Collection(nameof(WholeProcess))]
public class UpgradeResourceTests
{
    private const int Clients = 8;
    private const int Conversations = 1200;

    [Fact]
    public async Task ManyConversations_OfEveryEnd_ConnectionsDescriptorsAndMemoryStayFlat()
    {
        await using var responder = ScriptedResponder.Start(ServeAsync);
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors(), connections: $""" "MaxConnections": {Clients} """) with
        {
            Services = services => services.Configure<LoggerFilterOptions>(logging => logging.MinLevel = LogLevel.Error),
            Pipeline = _ => { },
        });

        // Pools of buffers grow at first.
        await ConverseAsync(proxy, Conversations / 3);
        await WaitUntilReleasedAsync(proxy, responder);
        var descriptors = CountDescriptors();
        var connections = responder.AcceptedConnections;
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        await ConverseAsync(proxy, Conversations);
        await WaitUntilReleasedAsync(proxy, responder);

        await Eventually.UntilAsync(() => CountDescriptors() <= descriptors + (2 * Clients), $"not much more than {descriptors} descriptors, there are {CountDescriptors()}");

        // The responder keeps each request with its params.
        var allowed = 2_000_000 + (8_000 * (responder.AcceptedConnections - connections));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, allowed);
        Assert.DoesNotContain(proxy.Logs.Entries, entry => entry.Level >= LogLevel.Error);
    }

    private static Task ConverseAsync(TestProxy proxy, int count) => Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
    {
        for (var i = client; i < count; i += Clients)
        {
            await ConverseOnceAsync(proxy, http2: i % 2 == 0, (i / 2) % 5);
        }
    }));

    private static async Task ConverseOnceAsync(TestProxy proxy, bool http2, int end)
    {
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);
        await client.SendAsync("hello");
        Assert.Equal("hello", await client.ReadAsync(5));
        switch (end)
        {
            case 0:
                await client.EndAsync();
                await client.ReadToEndAsync();
                break;

            case 1:
                await client.ResetAsync();
                break;

            case 2:
                await client.SendAsync("END");
                Assert.Equal(("", PeerClose.Graceful), await client.ReadToEndAsync());
                break;

            case 3:
                await client.SendAsync("DIE");
                Assert.Equal(("", PeerClose.Reset), await client.ReadToEndAsync());
                break;

            default:
                // Gone without a word.
                break;
        }
    }

    private static async Task ServeAsync(ScriptedConnection connection)
    {
        await connection.AcceptUpgradeAsync();
        while (await connection.ReadStdinAsync() is { IsEmpty: false } piece)
        {
            switch (piece.Span)
            {
                case [(byte)'D', (byte)'I', (byte)'E']:
                    return;

                case [(byte)'E', (byte)'N', (byte)'D']:
                    await connection.EndRequestAsync();
                    await connection.ReadUntilClosedAsync();
                    return;

                default:
                    await connection.SendStdoutAsync(piece);
                    break;
            }
        }

        await connection.EndRequestAsync();
    }

    private static Task WaitUntilReleasedAsync(TestProxy proxy, ScriptedResponder responder) => Eventually.UntilAsync(
        () => proxy.Pool(responder.Address).OpenCount == 0 && responder.ClosedConnections == responder.AcceptedConnections, "the last connection to be closed");

    private static int CountDescriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
