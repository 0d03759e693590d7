namespace Yarp.FastCgi.Tests.Documents;

/// <summary>docs/security.md: what is said to protect has a test that exists, named after what it protects from.</summary>
public class SecurityTests
{
    private static readonly IReadOnlyList<(string Case, string Tests)> Rows = DocumentTable.Read("security.md");

    [Fact]
    public void Rows_OfEveryTable_NameTestsThatExist()
    {
        var mistakes = DocumentTable.FindMistakes(Rows);

        Assert.True(mistakes.Count == 0, string.Join('\n', mistakes));
    }

    [Theory]
    [InlineData("CVE-2016-5385", "Cve_2016_5385")]
    [InlineData("CVE-2019-11043", "Cve_2019_11043")]
    [InlineData("CVE-2013-4547", "Cve_2013_4547")]
    [InlineData("CVE-2026-24895", "Cve_2026_24895")]
    [InlineData("CVE-2026-27590", "Cve_2026_27590")]
    [InlineData("CVE-2026-45062", "Cve_2026_45062")]
    [InlineData("CVE-2026-45135", "Cve_2026_45135")]
    [InlineData("CVE-2026-52845", "Cve_2026_52845")]
    [InlineData("GHSA-49wc-4hcv-v58q", "Ghsa_49wc_4hcv_v58q")]
    [InlineData("CVE-2026-30851", "Cve_2026_30851")]
    [InlineData("CVE-2023-0836", "Cve_2023_0836")]
    [InlineData("CVE-2026-55203", "Cve_2026_55203")]
    [InlineData("CVE-2014-3583", "Cve_2014_3583")]
    [InlineData("CVE-2024-38473", "Cve_2024_38473")]
    [InlineData("CVE-2007-4727", "Cve_2007_4727")]
    [InlineData("CVE-2025-23016", "Cve_2025_23016")]
    [InlineData("CVE-2025-40907", "Cve_2025_40907")]
    [InlineData("CVE-2012-6687", "Cve_2012_6687")]
    [InlineData("CVE-2011-2766", "Cve_2011_2766")]
    [InlineData("CVE-2012-1823", "Cve_2012_1823")]
    [InlineData("CVE-2024-4577", "Cve_2024_4577")]
    [InlineData("CVE-2024-8927", "Cve_2024_8927")]
    [InlineData("CVE-2024-9026", "Cve_2024_9026")]
    [InlineData("CVE-2020-24553", "Cve_2020_24553")]
    [InlineData("CVE-2020-12845", "Cve_2020_12845")]
    public void Flaw_WithAnId_HasATestNamedAfterIt(string id, string name)
    {
        var row = Assert.Single(Rows, row => row.Case.Contains(id, StringComparison.Ordinal));

        Assert.Contains(DocumentTable.TestsOf(row.Tests), test => test.Contains(name, StringComparison.Ordinal));
    }
}
