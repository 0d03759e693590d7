using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;
using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Coverage;

/// <summary>
/// What instrumented code counts for each branch that it takes, as AFL has it: a branch is new, and so is taking a known one an order of
/// magnitude more often.
/// </summary>
internal sealed unsafe class EdgeCoverage : ICoverage
{
    public const int MapSize = 64 * 1024;

    // A bit for each order of magnitude of each branch's count.
    private readonly byte[] _seen = new byte[MapSize];

    private static Span<byte> Counts => new(Trace.SharedMem, MapSize);

    public int Reached { get; private set; }

    /// <summary>Gives instrumented code a place to count in; it may not run before.</summary>
    public static void Allocate() => Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapSize);

    public void Begin()
    {
        Counts.Clear();
        Trace.PrevLocation = 0;
    }

    public bool End()
    {
        var isNew = false;
        var counts = Counts;
        for (var i = counts.IndexOfAnyExcept((byte)0); i >= 0;)
        {
            var magnitude = (byte)(1 << BitOperations.Log2(counts[i]));
            if ((_seen[i] & magnitude) == 0)
            {
                Reached += _seen[i] == 0 ? 1 : 0;
                _seen[i] |= magnitude;
                isNew = true;
            }

            var next = counts[(i + 1)..].IndexOfAnyExcept((byte)0);
            i = next < 0 ? -1 : i + 1 + next;
        }

        return isNew;
    }
}
