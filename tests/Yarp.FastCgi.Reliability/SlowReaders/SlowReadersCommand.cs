using System.CommandLine;

namespace Yarp.FastCgi.Reliability.SlowReaders;

/// <summary>The command <c>slow-readers</c>.</summary>
internal static class SlowReadersCommand
{
    private static readonly Option<int> Clients = new("--clients") { Description = "Clients that ask for the page.", DefaultValueFactory = _ => 1000 };

    private static readonly Option<int> Megabytes = new("--megabytes") { Description = "Size of the page, in units of 1048576 bytes.", DefaultValueFactory = _ => 10 };

    public static Command Create()
    {
        var command = new Command("slow-readers", "Clients ask for a large page, read nothing of it, and in the end all of it: what each costs the gateway.") { Clients, Megabytes };
        command.SetAction(result => SlowReadersRun.RunAsync(result.GetValue(Clients), result.GetValue(Megabytes) * 1048576L, result.InvocationConfiguration.Output));
        return command;
    }
}
