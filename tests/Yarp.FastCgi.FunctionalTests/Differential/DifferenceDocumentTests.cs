namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>docs/nginx-differences.md lists the differences from nginx that the tests prove, and no others.</summary>
public class DifferenceDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "nginx-differences.md"));

    [Fact]
    public void Document_Requests_HasTheTable() => AssertHas("## Requests behind nginx and here", RequestDifferences.All);

    [Fact]
    public void Document_Responses_HasTheTable() => AssertHas("## Responses behind nginx and here", ResponseDifferences.All);

    private static void AssertHas(string heading, IEnumerable<Difference> table)
    {
        var start = Document.IndexOf(heading, StringComparison.Ordinal);
        Assert.True(start >= 0, $"No section '{heading}'.");
        var end = Document.IndexOf("\n#", start, StringComparison.Ordinal);
        var rows = Document[start..(end < 0 ? Document.Length : end)].Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2);

        Assert.Equal(table.Select(difference => difference.Row), rows);
    }
}
