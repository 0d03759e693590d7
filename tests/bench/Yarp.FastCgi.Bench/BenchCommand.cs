using System.CommandLine;

namespace Yarp.FastCgi.Bench;

/// <summary>The command line.</summary>
internal static class BenchCommand
{
    private static readonly Option<string[]> PeerNames = new("--peers") { Description = "Servers that take part; all when not given.", AllowMultipleArgumentsPerToken = true };

    private static readonly Option<string[]> ScenarioNames = new("--scenarios") { Description = "Kinds of load; all but a few when not given.", AllowMultipleArgumentsPerToken = true };

    private static readonly Option<bool> Long = new("--long") { Description = "Every kind of load, more and longer turns, and system calls: about an hour." };

    private static readonly Option<int?> Rounds = new("--rounds") { Description = "How often each server's turn comes; 2, or 3 with --long, or 9 with --footprint." };

    private static readonly Option<int?> Seconds = new("--seconds") { Description = "How long a turn is; 1, or 4 with --long." };

    private static readonly Option<int?> WarmUp = new("--warm-up") { Description = "Seconds of load before the first turn for each server that is compiled while it runs; 4, or 15 with --long." };

    private static readonly Option<bool> SystemCalls = new("--system-calls") { Description = "Counts system calls for each request as well, with strace." };

    private static readonly Option<bool> Footprint = new("--footprint") { Description = "Start-up, memory and size, as programs and in containers, instead of a comparison under load." };

    public static RootCommand Create()
    {
        var command = new RootCommand("Compares FastCGI front ends: each on one core, load and application on the other, in turns.") { PeerNames, ScenarioNames, Long, Rounds, Seconds, WarmUp, SystemCalls, Footprint };
        command.SetAction(result =>
        {
            if (result.GetValue(Footprint))
            {
                new FootprintRun { Rounds = result.GetValue(Rounds) ?? 9 }.Run(result.InvocationConfiguration.Output);
                return;
            }

            var isLong = result.GetValue(Long);
            var names = result.GetValue(ScenarioNames) ?? [];
            var scenarios = Choose(Scenarios.All, names, scenario => scenario.Name);
            new BenchRun
            {
                Peers = Choose(Peers.All, result.GetValue(PeerNames) ?? [], peer => peer.Name),
                Scenarios = isLong || names.Length > 0 ? scenarios : [.. scenarios.Where(scenario => !scenario.IsLong)],
                Rounds = result.GetValue(Rounds) ?? (isLong ? 3 : 2),
                Seconds = result.GetValue(Seconds) ?? (isLong ? 4 : 1),
                WarmUpSeconds = result.GetValue(WarmUp) ?? (isLong ? 15 : 4),
                CountsSystemCalls = isLong || result.GetValue(SystemCalls),
            }.Run(result.InvocationConfiguration.Output);
        });
        return command;
    }

    private static IReadOnlyList<T> Choose<T>(IReadOnlyList<T> all, string[] names, Func<T, string> name)
    {
        if (names.FirstOrDefault(wanted => !all.Any(item => name(item) == wanted)) is { } unknown)
        {
            throw new ArgumentException($"There is no '{unknown}'; there are: {string.Join(", ", all.Select(name))}.");
        }

        return names.Length == 0 ? all : [.. all.Where(item => names.Contains(name(item)))];
    }
}
