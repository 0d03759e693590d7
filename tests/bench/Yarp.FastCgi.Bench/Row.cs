namespace Yarp.FastCgi.Bench;

/// <summary>What a table says about a server: the medians of its turns, and the sum of their errors.</summary>
internal sealed record Row(string Name, double Cpu, double Rate, double P50, double P99, double P999, double Mebibytes, double? Allocated, double? SystemCalls, long Errors)
{
    public static Row Of(string name, IReadOnlyList<Measurement> turns, double? systemCalls) => new(
        name,
        Median(turns, turn => turn.CpuMicroseconds),
        Median(turns, turn => turn.Load.RequestsPerSecond),
        Median(turns, turn => turn.Load.P50),
        Median(turns, turn => turn.Load.P99),
        Median(turns, turn => turn.Load.P999),
        Median(turns, turn => turn.Mebibytes),
        turns[0].Allocated is null ? null : Median(turns, turn => turn.Allocated!.Value),
        systemCalls,
        turns.Sum(turn => turn.Load.Errors));

    private static double Median(IReadOnlyList<Measurement> turns, Func<Measurement, double> value)
        => turns.Select(value).Order().ElementAt(turns.Count / 2);
}
