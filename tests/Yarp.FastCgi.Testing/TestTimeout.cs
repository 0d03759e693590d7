namespace Yarp.FastCgi.Testing;

/// <summary>The bound of every wait in a test. Reached only when something hangs; never part of what a test proves.</summary>
public static class TestTimeout
{
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(30);

    /// <summary>Waits for <paramref name="task"/>; a <see cref="TimeoutException"/> saying <paramref name="what"/> did not happen otherwise.</summary>
    public static async Task WithinAsync(this Task task, string what, TimeSpan? timeout = null)
    {
        try
        {
            await task.WaitAsync(timeout ?? Default);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw Failure(what, timeout);
        }
    }

    /// <inheritdoc cref="WithinAsync(Task, string, TimeSpan?)"/>
    public static async Task<T> WithinAsync<T>(this Task<T> task, string what, TimeSpan? timeout = null)
    {
        await ((Task)task).WithinAsync(what, timeout);
        return await task;
    }

    internal static TimeoutException Failure(string what, TimeSpan? timeout = null) =>
        new($"Waited {(timeout ?? Default).TotalSeconds:0} s in vain: {what}.");
}
