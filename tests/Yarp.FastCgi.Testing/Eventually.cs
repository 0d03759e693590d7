namespace Yarp.FastCgi.Testing;

/// <summary>Polls for what a foreign process does and nobody signals (a file it writes, a socket it opens).</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    public static Task UntilAsync(Func<bool> condition, string what, TimeSpan? timeout = null) =>
        UntilAsync(() => Task.FromResult(condition()), what, timeout);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? timeout = null)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > (timeout ?? TestTimeout.Default))
            {
                throw TestTimeout.Failure(what, timeout);
            }

            await Task.Delay(Interval);
        }
    }
}
