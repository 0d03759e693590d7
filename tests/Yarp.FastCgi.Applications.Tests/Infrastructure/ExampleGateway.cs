using System.Text.RegularExpressions;
using Yarp.FastCgi.Interpreters;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Applications.Tests.Infrastructure;

/// <summary>The gateway as the README of deploy/examples/NAME starts it, on free ports.</summary>
internal static partial class ExampleGateway
{
    /// <summary>The directory of an example, beside the tests.</summary>
    public static string DirectoryOf(string example) => Path.Combine(AppContext.BaseDirectory, "examples", example);

    /// <param name="example">The example's name.</param>
    /// <param name="currentDirectory">Where the command is given.</param>
    /// <param name="environment">Variables for the gateway, such as places of this machine that win over those of the file.</param>
    /// <param name="number">Which of the README's commands that start a gateway.</param>
    public static Task<GatewayProcess> StartAsync(string example, string currentDirectory, IReadOnlyDictionary<string, string>? environment = null, int number = 0)
    {
        var variables = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["Gateway__DrainDelay"] = "00:00:00" };
        var arguments = ArgumentsOf(example, number).ToList();
        arguments.Remove("--management");
        return GatewayProcess.StartAsync(currentDirectory, variables, [.. arguments, "--listen", "http://127.0.0.1:0", "--management", "http://127.0.0.1:0"]);
    }

    /// <summary>The arguments of the gateway in a README's command.</summary>
    private static IReadOnlyList<string> ArgumentsOf(string example, int number)
    {
        var document = File.ReadAllText(Path.Combine(DirectoryOf(example), "README.md"));
        var command = StartOfGateway().Matches(document)[number].Groups[1].Value;
        Assert.True(CommandText.TrySplit(command, out var arguments, out var error), error);
        return arguments;
    }

    [GeneratedRegex(@"^dotnet run --project \S+/Yarp\.FastCgi\.Gateway -- (.+)$", RegexOptions.Multiline)]
    private static partial Regex StartOfGateway();
}
