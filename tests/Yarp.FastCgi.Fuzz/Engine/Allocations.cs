namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Bounds what a stretch of code allocates on the thread that runs it.</summary>
internal static class Allocations
{
    // The first time may fill caches; and when the collector runs meanwhile, what was left of this thread's piece of the heap counts as allocated.
    private const int Attempts = 3;

    public delegate void Code<TState>(TState state, ReadOnlySpan<byte> input);

    /// <param name="limit">In bytes.</param>
    /// <param name="rule">What the limit holds for.</param>
    /// <param name="state">Given to the code.</param>
    /// <param name="input">Given to the code.</param>
    /// <param name="code">Must do the same each time; what is collected for comparison is kept out of it.</param>
    public static void CheckAtMost<TState>(long limit, string rule, TState state, ReadOnlySpan<byte> input, Code<TState> code)
    {
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && least > limit; attempt++)
        {
            var start = GC.GetAllocatedBytesForCurrentThread();
            code(state, input);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - start);
        }

        Check.That(least <= limit, rule, least <= limit ? "" : $"{least} bytes, at most {limit} are allowed");
    }
}
