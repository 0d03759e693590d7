using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Tests.Documents;

/// <summary>The rows of all tables of a document in docs/, each with a case in its first cell and tests in its last one.</summary>
internal static partial class DocumentTable
{
    public static IReadOnlyList<(string Case, string Tests)> Read(string document)
        => [.. ReadCells(document).Select(cells => (cells[0], cells[^1]))];

    /// <summary>All cells of these rows.</summary>
    public static IReadOnlyList<string[]> ReadCells(string document)
    {
        var rows = new List<string[]>();
        var isHead = true;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, document)))
        {
            if (!line.StartsWith("| ", StringComparison.Ordinal))
            {
                isHead = true;
            }
            else if (isHead)
            {
                isHead = false;
            }
            else if (!line.StartsWith("| ---", StringComparison.Ordinal))
            {
                // A cell may be empty.
                rows.Add(line.Trim()[1..^1].Split('|', StringSplitOptions.TrimEntries));
            }
        }

        return rows;
    }

    /// <summary>Rows whose last cell is anything else than tests that exist.</summary>
    public static IReadOnlyList<string> FindMistakes(IEnumerable<(string Case, string Tests)> rows)
    {
        var mistakes = new List<string>();
        foreach (var (description, cell) in rows)
        {
            var tests = TestsOf(cell);
            if (tests.Count == 0)
            {
                mistakes.Add($"{description}: no `Class.Method`, or something else, in the last column");
            }

            mistakes.AddRange(tests.Where(test => !TestNames.All.Contains(test)).Select(test => $"{description}: there is no test {test}"));
        }

        return mistakes;
    }

    /// <summary>The names in a cell that is nothing but tests; none when it is anything else.</summary>
    public static IReadOnlyList<string> TestsOf(string cell)
        => TestCell().IsMatch(cell) ? [.. TestName().Matches(cell).Select(match => match.Groups[1].Value)] : [];

    [GeneratedRegex(@"^`\w+\.\w+`(, `\w+\.\w+`)*$")]
    private static partial Regex TestCell();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex TestName();
}
