using Yarp.FastCgi.Testing;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Tests.Threading;

public class WorkerThreadTests
{
    [Fact]
    public async Task SwitchAsync_OnAnotherThread_GoesOnInThePool()
    {
        var (before, after) = await OnThreadOfItsOwnAsync(static async () =>
        {
            var before = Thread.CurrentThread.IsThreadPoolThread;
            await WorkerThread.SwitchAsync();
            return (before, Thread.CurrentThread.IsThreadPoolThread);
        });

        Assert.False(before);
        Assert.True(after);
    }

    [Fact]
    public async Task SwitchAsync_InThePool_GoesOnAtOnce()
        => Assert.True(await Task.Run(static () => WorkerThread.SwitchAsync().GetAwaiter().IsCompleted));

    [Fact]
    public async Task SpendAsync_ShareUsedUp_LeavesTheThread()
    {
        var isStill = await OnThreadOfItsOwnAsync(static () =>
        {
            var share = default(FairShare);
            return Task.FromResult(new[] { share.SpendAsync(FairShare.Size - 1).IsCompleted, share.SpendAsync(1).IsCompleted, share.SpendAsync(FairShare.Size - 1).IsCompleted });
        });

        Assert.Equal([true, false, true], isStill);
    }

    private static Task<T> OnThreadOfItsOwnAsync<T>(Func<Task<T>> action)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => _ = CompleteAsync()).Start();
        return result.Task.WithinAsync("the thread to end");

        async Task CompleteAsync()
        {
            try
            {
                result.SetResult(await action());
            }
            catch (Exception exception)
            {
                result.SetException(exception);
            }
        }
    }
}
