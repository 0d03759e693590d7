using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Tests.Documents;

/// <summary>docs/semantics.md: every case of the survey has an answer, and every answer a test that exists.</summary>
public partial class SemanticsTests
{
    private static readonly IReadOnlyList<(string Case, string Tests)> Rows = DocumentTable.Read("semantics.md");

    [Theory]
    [InlineData('E', 84)]
    [InlineData('G', 23)]
    public void Cases_OfTheSurvey_AreAllThere(char letter, int last)
    {
        var found = Rows.SelectMany(row => Number().Matches(row.Case)).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);

        Assert.All(Enumerable.Range(1, last), number => Assert.Contains($"{letter}{number}", found));
    }

    [Fact]
    public void Rows_OfEveryTable_NameTestsThatExist()
    {
        var mistakes = DocumentTable.FindMistakes(Rows);

        Assert.True(mistakes.Count == 0, string.Join('\n', mistakes));
    }

    [GeneratedRegex(@"\b[EG]\d+\b")]
    private static partial Regex Number();
}
