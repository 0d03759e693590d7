using System.Globalization;
using System.Text;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.InMemory;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>Nothing of a request is left behind: no task or other object, no timer, no rented buffer, no connection, no descriptor.</summary>
public class LeakTests
{
    private const int PageLength = 200;
    private const int Requests = 20_000;
    private const int Turns = 4;

    // The smallest object has 24 bytes: one that is left behind by each request would show.
    private const int AllowedGrowth = 20 * Requests;

    // Timers and descriptors of the process's own, which come and go.
    private const int AllowedOthers = 10;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1000, 2000)]
    [InlineData(1000, 0)]
    public async Task ManyRequests_AnswerIsThere_LeaveNothingBehind(int bodyLength, int bufferSize)
    {
        var options = CannedPool.CreateOptions(maxConnections: 1) with { RequestBufferSize = bufferSize };
        await RunAsync(options, CannedPool.Create(options, CannedAnswer.Create(PageLength)), bodyLength);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ManyRequests_AnswerIsWaitedFor_LeaveNothingBehind(bool keepAlive)
    {
        using var directory = new TempDirectory();
        using var application = new WaitedForApplication(directory.Combine("app.sock"), CannedAnswer.Create(PageLength), keepAlive);
        var options = CannedPool.CreateOptions(maxConnections: 1) with { KeepAlive = keepAlive };
        await RunAsync(options, new DedicatedPool(application.Endpoint, SettingsResolver.Resolve(options).Connections, TimeProvider.System), bodyLength: 0);
    }

    private static async Task RunAsync(FastCgiClusterOptions options, ConnectionPool pool, int bodyLength)
    {
        await using var host = await MemoryHost.StartForwardingAsync(options, pool);
        var client = host.Connect();
        var request = bodyLength == 0
            ? BrowserGet.Bytes
            : Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {bodyLength}\r\n\r\n{new string('x', bodyLength)}"));
        var responseLength = (await client.ExchangeFirstAsync(request, PageLength)).Length;
        using var buffers = new RentedBuffers();
        await client.RepeatAsync(request, responseLength, Requests / 4);
        var before = await ReadAsync(pool, buffers);
        var rented = buffers.Rented;
        await client.RepeatAsync(request, responseLength, Requests);
        var after = await ReadAsync(pool, buffers);

        // The process grows once, by threads and what they cache; a leak goes on.
        for (var turn = 1; turn < Turns && after.Memory - before.Memory > AllowedGrowth; turn++)
        {
            before = after;
            await client.RepeatAsync(request, responseLength, Requests);
            after = await ReadAsync(pool, buffers);
        }

        // Each request rents one at least, or the count would prove nothing.
        Assert.InRange(buffers.Rented - rented, Requests, int.MaxValue);
        Assert.Equal(before.Buffers, after.Buffers);
        Assert.Equal(before.Connections, after.Connections);
        Assert.InRange(after.Memory - before.Memory, long.MinValue, AllowedGrowth);
        Assert.InRange(after.Timers - before.Timers, long.MinValue, AllowedOthers);
        Assert.InRange(after.Descriptors - before.Descriptors, int.MinValue, AllowedOthers);
        await client.CloseAsync();
    }

    private static async Task<Holdings> ReadAsync(ConnectionPool pool, RentedBuffers buffers)
    {
        await Eventually.UntilAsync(() => pool.RequestCount == 0 && ThreadPool.PendingWorkItemCount == 0, "the last request to end");

        // Sockets have finalizers.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var heap = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return new Holdings(heap.HeapSizeBytes - heap.FragmentedBytes, buffers.Outstanding, Timer.ActiveCount, pool.OpenCount, Directory.GetFiles("/proc/self/fd").Length);
    }

    private sealed record Holdings(long Memory, int Buffers, long Timers, int Connections, int Descriptors);
}
