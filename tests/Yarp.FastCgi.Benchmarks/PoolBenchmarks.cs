using BenchmarkDotNet.Attributes;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.InMemory;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>Renting and returning kept connections: by one, and by more tasks than there are connections.</summary>
public class PoolBenchmarks
{
    private const int Tasks = 16;
    private const int RentsOfEach = 100;

    private DedicatedPool? _pool;

    [GlobalSetup]
    public void Setup() => _pool = CannedPool.Create(CannedPool.CreateOptions(maxConnections: Tasks / 2), answer: []);

    [GlobalCleanup]
    public void Cleanup() => _pool!.Dispose();

    [Benchmark]
    public async Task One() => _pool!.Return(await _pool.RentAsync(mayReuse: true, CancellationToken.None), reusable: true);

    [Benchmark(OperationsPerInvoke = Tasks * RentsOfEach)]
    public Task MoreThanThereAreConnections() => Task.WhenAll(Enumerable.Range(0, Tasks).Select(_ => Task.Run(async () =>
    {
        for (var i = 0; i < RentsOfEach; i++)
        {
            var connection = await _pool!.RentAsync(mayReuse: true, CancellationToken.None);
            await Task.Yield();
            _pool.Return(connection, reusable: true);
        }
    })));
}
