namespace Yarp.FastCgi.Bench;

/// <summary>What a table says about a server: the medians of its turns, and the sum of their errors.</summary>
internal sealed record Row(string Name, double Cpu, double Rate, double P50, double P99, double P999, double Mebibytes, double? Allocated, double? SystemCalls, long Errors)
{
    /// <summary>What was wrong first, when the load generator tells it.</summary>
    public string? FirstError { get; private init; }

    public static Row Of(string name, IReadOnlyList<Measurement> turns, double? systemCalls) => new(
        name,
        Median(turns, turn => turn.CpuMicroseconds),
        Median(turns, turn => turn.Load.RequestsPerSecond),
        Median(turns, turn => turn.Load.P50),
        Median(turns, turn => turn.Load.P99),
        Median(turns, turn => turn.Load.P999),
        turns.Max(turn => turn.Mebibytes),
        turns[0].Allocated is null ? null : Median(turns, turn => turn.Allocated!.Value),
        systemCalls,
        turns.Sum(turn => turn.Load.Errors))
    {
        FirstError = turns.Select(turn => turn.Load.FirstError).FirstOrDefault(error => error is not null),
    };

    // Of an even number the mean of the two in the middle.
    private static double Median(IReadOnlyList<Measurement> turns, Func<Measurement, double> value)
    {
        var sorted = turns.Select(value).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
