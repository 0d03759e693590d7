using System.Text;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Cgi;

public class RequestHeaderPolicyTests
{
    [Theory]
    [InlineData("Accept", true, "HTTP_ACCEPT")]
    [InlineData("user-agent", true, "HTTP_USER_AGENT")]
    [InlineData("X-Custom", true, "HTTP_X_CUSTOM")]
    [InlineData("Proxy", true, null)]
    [InlineData("CONNECTION", true, null)]
    [InlineData("Keep-Alive", true, null)]
    [InlineData("X_Custom", true, null)]
    [InlineData("X.Custom", true, null)]
    [InlineData("", true, null)]
    [InlineData("Accept", false, "HTTP_ACCEPT")]
    [InlineData("if-NONE-match", false, "HTTP_IF_NONE_MATCH")]
    [InlineData("Cookie", false, "HTTP_COOKIE")]
    [InlineData("X-Custom", false, null)]
    [InlineData("X-Forwarded-For", false, null)]
    [InlineData("Origin", false, null)]
    [InlineData("Proxy", false, null)]
    public void GetParamName_Field_IsPassedOrNot(string name, bool passRequestHeaders, string? expected)
        => Assert.Equal(expected, ParamName(Policy(passRequestHeaders), name, null));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void GetParamName_AllowedUnderscoreName_IsPassedAsItIs(bool passRequestHeaders)
    {
        var policy = Policy(passRequestHeaders, "X_Api-Key", "a.b");

        Assert.Equal("HTTP_X_API_KEY", ParamName(policy, "x_api-key", policy.CreateSeen()));
        Assert.Equal("HTTP_A.B", ParamName(policy, "A.B", policy.CreateSeen()));
        Assert.Null(ParamName(policy, "X_Api_Key", policy.CreateSeen()));
        Assert.Equal(passRequestHeaders ? "HTTP_X_API_KEY" : null, ParamName(policy, "X-Api-Key", policy.CreateSeen()));
    }

    [Theory]
    [InlineData("X_A-B", "X-A-B")]
    [InlineData("x-a-b", "X_A-B")]
    [InlineData("X_A-B", "X.A.B")]
    public void GetParamName_TwoSpellingsThatAreBothPassed_AreRefused(string first, string second)
    {
        var policy = Policy(true, "X_A-B", "X.A.B");
        var seen = policy.CreateSeen();
        policy.GetParamName(first, seen);

        var exception = Assert.Throws<AmbiguousHeaderException>(() => policy.GetParamName(second, seen));

        Assert.Equal(400, exception.StatusCode);
        Assert.Contains($"'{first}' and '{second}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GetParamName_OtherSpellingThatIsNotPassed_IsNoClash()
    {
        var policy = Policy(false, "X_A-B");
        var seen = policy.CreateSeen();

        Assert.Equal("HTTP_X_A_B", ParamName(policy, "X_A-B", seen));
        Assert.Null(ParamName(policy, "X-A-B", seen));
        Assert.Null(ParamName(policy, "X_A_B", seen));
        Assert.Equal("HTTP_X_A_B", ParamName(policy, "x_a-B", seen));
    }

    private static string? ParamName(RequestHeaderPolicy policy, string name, string?[]? seen)
        => policy.GetParamName(name, seen) is { } param ? Encoding.ASCII.GetString(param) : null;

    private static RequestHeaderPolicy Policy(bool passRequestHeaders, params string[] underscoreHeaders)
        => new(SettingsResolver.Resolve(new FastCgiClusterOptions
        {
            CheckFile = FastCgiCheckFile.Off,
            PassRequestHeaders = passRequestHeaders,
            UnderscoreHeaders = underscoreHeaders,
        }).Application);
}
