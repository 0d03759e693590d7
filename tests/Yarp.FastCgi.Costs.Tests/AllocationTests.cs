using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.InMemory;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>
/// What forwarding a small page by <c>MapFastCgi</c> allocates: the difference between a host that forwards and the same host that answers by itself.
/// The bounds stand just above what was measured: whoever lowers it lowers them.
/// </summary>
public class AllocationTests
{
    /// <summary>Bytes for each request when the answer is there already, so that nothing has to be waited for.</summary>
    private const int MostWhenAnswerIsThere = 104;

    /// <summary>Bytes for each request when the answer is waited for: a task of the endpoint comes on top, and state that its pool did not have.</summary>
    private const int MostWhenAnswerIsWaitedFor = 300;

    private const int PageLength = 200;
    private const int Requests = 2000;
    private const int Turns = 5;

    [Fact]
    public async Task Forwarding_AnswerIsThere_AllocatesNoMoreThanItsBound()
    {
        var options = CannedPool.CreateOptions();

        var forwarding = await MeasureAsync(await MemoryHost.StartForwardingAsync(options, CannedPool.Create(options, CannedAnswer.Create(PageLength))));

        Assert.InRange(forwarding - await MeasureByItselfAsync(), 0, MostWhenAnswerIsThere);
    }

    [Fact]
    public async Task Forwarding_AnswerIsWaitedFor_AllocatesNoMoreThanItsBound()
    {
        using var directory = new TempDirectory();
        using var application = new WaitedForApplication(directory.Combine("app.sock"), CannedAnswer.Create(PageLength));
        var options = CannedPool.CreateOptions(maxConnections: 1);
        var pool = new DedicatedPool(application.Endpoint, SettingsResolver.Resolve(options).Connections, TimeProvider.System);

        var forwarding = await MeasureAsync(await MemoryHost.StartForwardingAsync(options, pool));

        Assert.InRange(forwarding - await MeasureByItselfAsync(), 0, MostWhenAnswerIsWaitedFor);
    }

    private static async Task<long> MeasureByItselfAsync() => await MeasureAsync(await MemoryHost.StartAnsweringAsync(PageLength));

    /// <returns>Bytes for each request, of the turn with the fewest: what else the process did meanwhile counts too.</returns>
    private static async Task<long> MeasureAsync(MemoryHost host)
    {
        await using (host)
        {
            var client = host.Connect();
            var responseLength = (await client.ExchangeFirstAsync(BrowserGet.Bytes, PageLength)).Length;
            var least = long.MaxValue;
            for (var turn = 0; turn < Turns; turn++)
            {
                var before = GC.GetTotalAllocatedBytes(precise: true);
                await client.RepeatAsync(BrowserGet.Bytes, responseLength, Requests);
                least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests);
            }

            await client.CloseAsync();
            return least;
        }
    }
}
