namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>How many requests took how long, in steps of a twentieth from 0.1 ms to half an hour: percentiles are right to 5 %, whatever the number of requests.</summary>
internal sealed class LatencyHistogram
{
    private const double Shortest = 0.0001;
    private const int Steps = 344;

    private static readonly double Step = Math.Log(1.05);

    private readonly int[] _counts = new int[Steps];

    public long Count { get; private set; }

    public void Add(double seconds)
    {
        _counts[seconds <= Shortest ? 0 : Math.Min(Steps - 1, (int)(Math.Log(seconds / Shortest) / Step))]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < Steps; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>The time in seconds within which that share of the requests was over; null when there was none.</summary>
    /// <param name="share">Above 0, up to 1.</param>
    public double? Percentile(double share)
    {
        if (Count == 0)
        {
            return null;
        }

        var wanted = (long)Math.Ceiling(Count * share);
        var seen = 0L;
        for (var i = 0; i < Steps; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                // The middle of the step.
                return Shortest * Math.Exp((i + 0.5) * Step);
            }
        }

        return null;
    }
}
