using System.Runtime.CompilerServices;
using Yarp.FastCgi.Client.Threading;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Threading;

public class PooledMethodBuilderTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Fact]
    public async Task Method_ThatNeedNotWait_HasItsResult()
    {
        Assert.Equal(3, await AddAsync(Task.FromResult(1), Task.FromResult(2)));
        await CountAsync(Task.CompletedTask, new Counter());
    }

    [Fact]
    public async Task Method_ThatWaits_HasItsResultWhenItIsThere()
    {
        var (first, second) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>());

        var sum = AddAsync(first.Task, second.Task);
        Assert.False(sum.IsCompleted);
        first.SetResult(1);
        Assert.False(sum.IsCompleted);
        second.SetResult(2);

        Assert.True(sum.IsCompleted);
        Assert.Equal(3, await sum);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Method_ThatFails_ThrowsWhatItThrew(bool waits)
    {
        var failure = new TaskCompletionSource<int>();
        if (!waits)
        {
            failure.SetException(new TimeZoneNotFoundException("mine"));
        }

        var sum = AddAsync(failure.Task, Task.FromResult(2));
        failure.TrySetException(new TimeZoneNotFoundException("mine"));

        Assert.Equal("mine", (await Assert.ThrowsAsync<TimeZoneNotFoundException>(async () => await sum)).Message);
    }

    [Fact]
    public async Task Result_ThatWasFetched_CannotBeFetchedAgain()
    {
        var second = new TaskCompletionSource<int>();
        var sum = AddAsync(Task.FromResult(1), second.Task);
        second.SetResult(2);
        var source = sum.Preserve();

        Assert.Equal(3, await source);
        Assert.Throws<InvalidOperationException>(() => sum.GetAwaiter().GetResult());
    }

    [Fact]
    public async Task Method_SetsAmbientData_ItsCallerDoesNotSeeIt()
    {
        var gate = new TaskCompletionSource();
        Ambient.Value = "caller";

        var inside = ReadAmbientAsync(gate.Task);
        Assert.Equal("caller", Ambient.Value);
        gate.SetResult();

        Assert.Equal("method", await inside);
        Assert.Equal("caller", Ambient.Value);
    }

    [Fact]
    public async Task ManyMethods_AtTheSameTimeAndOneBehindTheOther_EachHasItsOwnResult()
    {
        var counter = new Counter();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), async (number, _) =>
        {
            Assert.Equal(number + 1, await AddAsync(YieldAsync(number), YieldAsync(1)));
            await CountAsync(YieldAsync(0), counter);
        }).WithinAsync("all sums");

        Assert.Equal(2000, counter.Value);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private static async ValueTask<int> AddAsync(Task<int> first, Task<int> second) => await first + await second;

    [AsyncMethodBuilder(typeof(PooledMethodBuilder))]
    private static async ValueTask CountAsync(Task gate, Counter counter)
    {
        await gate;
        Interlocked.Increment(ref counter.Value);
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private static async ValueTask<string?> ReadAmbientAsync(Task gate)
    {
        Ambient.Value = "method";
        await gate;
        return Ambient.Value;
    }

    private static async Task<int> YieldAsync(int value)
    {
        await Task.Yield();
        return value;
    }

    private sealed class Counter
    {
        public int Value;
    }
}
