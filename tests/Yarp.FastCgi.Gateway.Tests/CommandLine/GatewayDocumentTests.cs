using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Gateway.CommandLine;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

/// <summary>docs/gateway.md says what the program says.</summary>
public class GatewayDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "gateway.md"));

    [Fact]
    public void Options_Table_HasEveryOptionWithItsText()
    {
        var documented = Regex.Matches(Document, @"^\| `(--[a-z]+ [A-Z]+)` \| (.*) \|$", RegexOptions.Multiline)
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Replace("`", "", StringComparison.Ordinal));

        var command = new GatewayCommand((_, _) => Task.FromResult(0));
        var actual = command.Options.Where(option => option is not (HelpOption or VersionOption))
            .ToDictionary(option => $"{option.Name} {option.HelpName}", option => option.Description);

        Assert.Equal(actual!, documented);
        Assert.All(command.Subcommands, subcommand => Assert.Contains(
            subcommand.Name == "run" ? "The command is `run`" : $"| `{subcommand.Name} {subcommand.Arguments.Single().HelpName}` |", Document, StringComparison.Ordinal));
    }

    [Fact]
    public void DefaultAddresses_AreThoseOfTheDocument()
        => Assert.All(
            ListenAddress.Defaults,
            address => Assert.Contains(address.Url.Replace("http://localhost:8081", "h2c://localhost:8081", StringComparison.Ordinal), Document, StringComparison.Ordinal));
}
