namespace Yarp.FastCgi.Tests.Documents;

/// <summary>docs/cherokee.md: what is said of a setting has a test that exists.</summary>
public class CherokeeTests
{
    [Fact]
    public void Rows_OfEveryTable_NameTestsThatExist()
    {
        var mistakes = DocumentTable.FindMistakes(DocumentTable.Read("cherokee.md"));

        Assert.True(mistakes.Count == 0, string.Join('\n', mistakes));
    }
}
