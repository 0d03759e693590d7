using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>docs/configuration.md against the table of options, so that it cannot drift.</summary>
public class ConfigurationReferenceTests
{
    private static readonly string Reference = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "configuration.md"));

    [Theory]
    [InlineData("## Options of the application", SettingScope.RouteAndCluster)]
    [InlineData("## Options of the connections", SettingScope.Cluster)]
    [InlineData("## Interpreters", SettingScope.Destination)]
    public void Table_OfAScope_HasARowForEachOption(string heading, object scope)
    {
        var expected = FastCgiSettings.All.Concat(DestinationSettings.All)
            .Where(setting => setting.Scope.Equals(scope))
            .Select(setting => $"| `{setting.Name}` | {setting.Type} | {setting.DefaultText} | {setting.Range} | {setting.Summary} |");

        var rows = Section(heading).Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(expected, rows);
    }

    [Fact]
    public async Task Example_Complete_IsAccepted()
    {
        const string Fence = "```jsonc\n";
        var start = Reference.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        var example = Reference[start..Reference.IndexOf("```", start, StringComparison.Ordinal)];

        Assert.Empty(await ProxyHost.LoadErrorsAsync(example));
    }

    private static string Section(string heading)
    {
        var start = Reference.IndexOf(heading, StringComparison.Ordinal);
        Assert.True(start >= 0, $"The reference has no section '{heading}'.");
        var end = Reference.IndexOf("\n## ", start, StringComparison.Ordinal);
        return Reference[start..(end < 0 ? Reference.Length : end)];
    }
}
