namespace Yarp.FastCgi.Tests.Documents;

/// <summary>docs/cherokee.md: every parameter has a test that exists.</summary>
public class CherokeeTests
{
    private static readonly IReadOnlyList<(string Case, string Tests)> Rows = DocumentTable.Read("cherokee.md");

    [Fact]
    public void Rows_OfEveryTable_NameTestsThatExist()
    {
        var mistakes = DocumentTable.FindMistakes(Rows);

        Assert.True(mistakes.Count == 0, string.Join('\n', mistakes));
    }

    [Theory]
    [InlineData("type")]
    [InlineData("nick")]
    [InlineData("host")]
    [InlineData("interpreter")]
    [InlineData("timeout")]
    [InlineData("user")]
    [InlineData("group")]
    [InlineData("chroot")]
    [InlineData("env!K")]
    [InlineData("env_inherited")]
    [InlineData("debug")]
    public void Parameter_OfAnInformationSource_HasARow(string name)
        => Assert.Single(Rows, row => row.Case.Contains($"`source!N!{name}`", StringComparison.Ordinal));
}
