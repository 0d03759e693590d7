using System.CommandLine;

namespace Yarp.FastCgi.Reliability.Balance;

/// <summary>The command <c>balance</c>.</summary>
internal static class BalanceCommand
{
    private static readonly Option<int[]> Sizes = new("--size") { Description = "Workers of a php-fpm; one for each.", DefaultValueFactory = _ => [1, 2, 4, 8], AllowMultipleArgumentsPerToken = true };

    private static readonly Option<int> Seconds = new("--seconds") { Description = "How long each policy is asked in a round.", DefaultValueFactory = _ => 5 };

    private static readonly Option<int> Rounds = new("--rounds") { Description = "How often the policies take turns.", DefaultValueFactory = _ => 3 };

    private static readonly Option<int> Clients = new("--clients") { Description = "Clients of the gateways.", DefaultValueFactory = _ => 8 };

    private static readonly Option<int> Others = new("--others") { Description = "Clients that ask the largest php-fpm directly.", DefaultValueFactory = _ => 4 };

    private static readonly Option<int> Work = new("--work-ms") { Description = "How long most requests take in php-fpm, in milliseconds.", DefaultValueFactory = _ => 20 };

    private static readonly Option<int> LongWork = new("--long-work-ms") { Description = "How long every tenth request takes, in milliseconds.", DefaultValueFactory = _ => 200 };

    public static Command Create()
    {
        var command = new Command("balance", "php-fpm pools of unequal size behind RoundRobin and behind FastCgiLeastBusy, under the same skewed load.") { Sizes, Seconds, Rounds, Clients, Others, Work, LongWork };
        command.SetAction(result => BalanceRun.RunAsync(
            new BalanceOptions
            {
                Sizes = result.GetValue(Sizes)!,
                Seconds = result.GetValue(Seconds),
                Rounds = result.GetValue(Rounds),
                Clients = result.GetValue(Clients),
                Others = result.GetValue(Others),
                WorkMilliseconds = result.GetValue(Work),
                LongWorkMilliseconds = result.GetValue(LongWork),
            },
            result.InvocationConfiguration.Output));
        return command;
    }
}
