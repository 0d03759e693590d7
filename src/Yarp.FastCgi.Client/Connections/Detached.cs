namespace Yarp.FastCgi.Client.Connections;

/// <summary>Starts what outlives the request that happens to start it, and must not keep that request's execution context.</summary>
internal static class Detached
{
    public static void Run(Action action)
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            action();
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            action();
        }
    }

    /// <summary>A timer that is not set yet.</summary>
    public static ITimer CreateTimer(TimeProvider timeProvider, TimerCallback callback, object state)
    {
        ITimer? timer = null;
        Run(() => timer = timeProvider.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        return timer!;
    }
}
