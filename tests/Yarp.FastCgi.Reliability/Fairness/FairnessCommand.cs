using System.CommandLine;

namespace Yarp.FastCgi.Reliability.Fairness;

/// <summary>The command <c>fairness</c>.</summary>
internal static class FairnessCommand
{
    private static readonly Option<int> Seconds = new("--seconds") { Description = "How long all parties ask.", DefaultValueFactory = _ => 10 };

    private static readonly Option<int> Children = new("--children") { Description = "Workers of php-fpm, and MaxConnections of each gateway.", DefaultValueFactory = _ => 4 };

    private static readonly Option<int> Clients = new("--clients") { Description = "Clients of each party.", DefaultValueFactory = _ => 8 };

    private static readonly Option<int> Work = new("--work-ms") { Description = "How long a request takes in php-fpm, in milliseconds.", DefaultValueFactory = _ => 10 };

    private static readonly Option<string[]> Set = new("--set") { Description = "A further FastCgi option of the gateways, such as MaxConnectionLifetime=00:10:00; repeat it for more." };

    public static Command Create()
    {
        var command = new Command("fairness", "Two gateways that keep connections and a plain client that does not share one php-fpm.") { Seconds, Children, Clients, Work, Set };
        command.SetAction(result => FairnessRun.RunAsync(
            new FairnessOptions
            {
                Seconds = result.GetValue(Seconds),
                Children = result.GetValue(Children),
                Clients = result.GetValue(Clients),
                WorkMilliseconds = result.GetValue(Work),
                FastCgi = (result.GetValue(Set) ?? []).Select(option => option.Split('=', 2)).ToDictionary(option => option[0], option => option[^1]),
            },
            result.InvocationConfiguration.Output));
        return command;
    }
}
