namespace Yarp.FastCgi.Interpreters;

/// <summary>How long the next start waits behind starts that failed in a row.</summary>
internal static class RestartDelay
{
    /// <summary>The interval at which a destination is tried that counts as failed.</summary>
    public static readonly TimeSpan WhenFailed = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <param name="failures">Starts that failed in a row; behind none, the next is at once.</param>
    /// <param name="maxFailures">How many make the destination count as failed.</param>
    public static TimeSpan After(int failures, int maxFailures)
    {
        if (failures == 0)
        {
            return TimeSpan.Zero;
        }

        if (failures >= maxFailures)
        {
            return WhenFailed;
        }

        var delay = First * Math.Pow(2, Math.Min(failures - 1, 16));
        return delay < Longest ? delay : Longest;
    }
}
