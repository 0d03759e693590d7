using System.Collections.Concurrent;
using CsCheck;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

[Collection(nameof(WithoutNewProcesses))]
public class DedicatedPoolConcurrencyTests
{
    private const int Tasks = 8;
    private const int RequestsPerTask = 40;

    private static readonly Gen<ConnectionSettings> AnySettings =
        from maxConnections in Gen.Int[1, 4]
        from queueLimit in Gen.Int[0, Tasks]
        from queueTimeout in Gen.Int[1, 30]
        from keepAlive in Gen.Frequency((3, Gen.Const(true)), (1, Gen.Const(false)))
        from idleTimeout in Gen.Int[1, 10]
        from maxRequests in Gen.Int[1, 10]
        select PoolSettings.Default with
        {
            MaxConnections = maxConnections,
            QueueLimit = queueLimit,
            QueueTimeout = TimeSpan.FromMilliseconds(queueTimeout),
            KeepAlive = keepAlive,
            IdleTimeout = TimeSpan.FromMilliseconds(idleTimeout),
            MaxRequestsPerConnection = maxRequests,
        };

    [Fact]
    public Task RentAndReturn_ByManyTasks_KeepsTheLimitAndLosesNothing() =>
        Gen.Select(AnySettings, Gen.Bool, Gen.Int).SampleAsync(RunAsync, iter: 40, threads: 1);

    private static async Task RunAsync(ConnectionSettings settings, bool retires, int seed)
    {
        await using var application = new CountingListener(number => (number + seed) % 7 == 0);
        using var pool = new DedicatedPool(FastCgiEndpoint.Parse(application.Address), settings, TimeProvider.System);
        var rented = new ConcurrentDictionary<FastCgiConnection, bool>();

        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Run(() => RequestAsync(new Random(seed + task))))).WithinAsync("every task to end");

        await Eventually.UntilAsync(() => pool.OpenCount == pool.IdleCount, "every connection to be idle or closed");
        Assert.Equal(0, pool.WaitingCount);
        pool.Retire();
        await Eventually.UntilAsync(() => pool.OpenCount == 0, "every connection to be closed");
        await application.WaitForEveryCloseAsync();
        Assert.InRange(application.MostAtATime, 0, settings.MaxConnections);

        async Task RequestAsync(Random random)
        {
            for (var i = 0; i < RequestsPerTask; i++)
            {
                using var cancellation = new CancellationTokenSource();
                if (random.Next(3) == 0)
                {
                    cancellation.CancelAfter(random.Next(3));
                }

                FastCgiConnection connection;
                try
                {
                    connection = await pool.RentAsync(mayReuse: random.Next(4) > 0, cancellation.Token);
                }
                catch (Exception exception) when (exception is OperationCanceledException or FastCgiException { Error: FastCgiError.QueueFull or FastCgiError.QueueTimeout })
                {
                    continue;
                }

                Assert.True(rented.TryAdd(connection, true), "A connection was given to two requests.");
                Assert.InRange(rented.Count, 1, settings.MaxConnections);
                await Task.Yield();
                if (random.Next(10) == 0)
                {
                    connection.Abort(FastCgiError.Canceled);
                }

                Assert.True(rented.TryRemove(connection, out _));
                pool.Return(connection, reusable: random.Next(8) > 0);
                if (retires && i == RequestsPerTask / 2)
                {
                    pool.Retire();
                }
            }
        }
    }
}
