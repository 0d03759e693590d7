namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>
/// Ways to cut an input into the pieces in which it may arrive: lengths that are taken in turn. They follow from the input alone, so that an
/// input is all that is needed to see a failure again.
/// </summary>
internal static class Cuts
{
    private const int RandomCuts = 3;

    /// <summary>All of the input at once, byte by byte when it is short, and some at random.</summary>
    /// <param name="input">The input.</param>
    /// <param name="shortInput">Up to this length it is cut into single bytes as well; a longer one is not cut into many more pieces.</param>
    public static IEnumerable<int[]> Of(ReadOnlySpan<byte> input, int shortInput = 1024)
    {
        var cuts = new List<int[]> { new[] { int.MaxValue } };
        if (input.Length <= shortInput)
        {
            cuts.Add([1]);
        }

        var random = new Random(Hash(input));
        for (var i = 0; i < RandomCuts; i++)
        {
            var longest = random.Next(3) switch
            {
                0 => 10,
                1 => 100,
                _ => Math.Max(1, input.Length),
            };

            longest = Math.Max(longest, input.Length * 2 / shortInput);
            var lengths = new int[1 + random.Next(6)];
            for (var j = 0; j < lengths.Length; j++)
            {
                lengths[j] = 1 + random.Next(longest);
            }

            cuts.Add(lengths);
        }

        return cuts;
    }

    /// <summary>The end of the piece that begins at <paramref name="start"/> and is the <paramref name="index"/>th.</summary>
    public static int End(int[] lengths, int index, int start, int length) => (int)Math.Min(length, start + (long)lengths[index % lengths.Length]);

    /// <summary>FNV-1a: the same on every machine.</summary>
    public static int Hash(ReadOnlySpan<byte> input)
    {
        var hash = 2166136261u;
        foreach (var value in input)
        {
            hash = (hash ^ value) * 16777619u;
        }

        return (int)(hash & int.MaxValue);
    }
}
