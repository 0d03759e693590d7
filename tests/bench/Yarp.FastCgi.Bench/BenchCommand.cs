using System.CommandLine;

namespace Yarp.FastCgi.Bench;

/// <summary>The command line.</summary>
internal static class BenchCommand
{
    private static readonly Option<string[]> PeerNames = new("--peers") { Description = "Servers that take part; all when not given.", AllowMultipleArgumentsPerToken = true };

    private static readonly Option<string[]> ScenarioNames = new("--scenarios") { Description = "Kinds of load; all when not given.", AllowMultipleArgumentsPerToken = true };

    private static readonly Option<int> Rounds = new("--rounds") { Description = "How often each server's turn comes.", DefaultValueFactory = _ => 3 };

    private static readonly Option<int> Seconds = new("--seconds") { Description = "How long a turn is.", DefaultValueFactory = _ => 4 };

    private static readonly Option<int> WarmUp = new("--warm-up") { Description = "Seconds of load for each server before the first turn.", DefaultValueFactory = _ => 10 };

    private static readonly Option<bool> SystemCalls = new("--system-calls") { Description = "Counts system calls for each request as well, with strace." };

    public static RootCommand Create()
    {
        var command = new RootCommand("Compares FastCGI front ends: each on one core, load and application on the other, in turns.") { PeerNames, ScenarioNames, Rounds, Seconds, WarmUp, SystemCalls };
        command.SetAction(result => new BenchRun
        {
            Peers = Choose(Peers.All, result.GetValue(PeerNames) ?? [], peer => peer.Name),
            Scenarios = Choose(Scenarios.All, result.GetValue(ScenarioNames) ?? [], scenario => scenario.Name),
            Rounds = result.GetValue(Rounds),
            Seconds = result.GetValue(Seconds),
            WarmUpSeconds = result.GetValue(WarmUp),
            CountsSystemCalls = result.GetValue(SystemCalls),
        }.Run(result.InvocationConfiguration.Output));
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
