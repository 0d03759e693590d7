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
    [InlineData("handler = fcgi")]
    [InlineData("handler!balancer")]
    [InlineData("handler!balancer!source!N")]
    [InlineData("handler!script_alias")]
    [InlineData("handler!check_file")]
    [InlineData("handler!error_handler")]
    [InlineData("handler!change_user")]
    [InlineData("handler!pass_req_headers")]
    [InlineData("handler!xsendfile")]
    [InlineData("handler!iocache")]
    [InlineData("handler!env!NAME")]
    [InlineData("handler!x_real_ip_enabled")]
    [InlineData("handler!x_real_ip_access")]
    [InlineData("handler!x_real_ip_access_all")]
    [InlineData("rule!document_root")]
    [InlineData("rule!match!check_local_file")]
    [InlineData("rule!timeout")]
    [InlineData("server!timeout")]
    [InlineData("vserver!post_max_len")]
    [InlineData("rule!encoder!gzip")]
    [InlineData("rule!flcache")]
    [InlineData("rule!rate")]
    [InlineData("rule!expiration")]
    [InlineData("rule!auth")]
    [InlineData("vserver!error_handler")]
    public void Parameter_OfTheHandlerAndItsRules_HasARow(string name)
        => Assert.Single(Rows, row => row.Case.Contains($"`{name}`", StringComparison.Ordinal));

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
