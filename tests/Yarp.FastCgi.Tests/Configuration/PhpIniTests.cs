using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class PhpIniTests
{
    [Theory]
    [InlineData("memory_limit", true)]
    [InlineData("opcache.enable_cli", true)]
    [InlineData("SMTP", true)]
    [InlineData("x-debug.mode", true)]
    [InlineData("", false)]
    [InlineData("_x", false)]
    [InlineData("a=b", false)]
    [InlineData("a[]", false)]
    [InlineData("[a", false)]
    [InlineData("a;b", false)]
    [InlineData("a\n", false)]
    [InlineData("é", false)]
    [InlineData("Off", false)]
    [InlineData("null", false)]
    public void IsName_Text_IsADirectiveOrNot(string text, bool expected) => Assert.Equal(expected, PhpIni.IsName(text));

    [Theory]
    [InlineData("", "")]
    [InlineData("128M", "'128M'")]
    [InlineData("on", "on")]
    [InlineData("FALSE", "FALSE")]
    [InlineData("None", "'None'")]
    [InlineData("E_ALL", "E_ALL")]
    [InlineData("E_ALL & ~E_NOTICE", "E_ALL & ~E_NOTICE")]
    [InlineData("~(E_NOTICE|E_USER_NOTICE) & !0", "~(E_NOTICE|E_USER_NOTICE) & !0")]
    [InlineData("E_ALL & ~E_NOTICE)", "'E_ALL & ~E_NOTICE)'")]
    [InlineData("(E_ALL", "'(E_ALL'")]
    [InlineData("E_ALL &", "'E_ALL &'")]
    [InlineData("E_ALL E_NOTICE", "'E_ALL E_NOTICE'")]
    [InlineData("E_ALL & ON", "'E_ALL & ON'")]
    [InlineData("E_ALL & a", "'E_ALL & a'")]
    [InlineData("()", "'()'")]
    [InlineData("1 & 2", "'1 & 2'")]
    [InlineData("1A", "'1A'")]
    [InlineData("/srv/a b;c:\"${X}\\", "'/srv/a b;c:\"${X}\\'")]
    [InlineData("it's", "'it'\"'\"'s'")]
    public void Write_Value_IsALiteralUnlessPhpComputesIt(string value, string expected)
        => Assert.Equal("a=" + expected, PhpIni.Write(new Dictionary<string, string> { ["a"] = value }));

    [Fact]
    public void Write_ExpressionWithoutEnd_IsALiteral()
    {
        var nested = new string('(', 40) + "E_ALL" + new string(')', 40);
        var endless = new string('~', 5000) + "E_ALL";

        Assert.Equal($"a='{nested}'\nb='{endless}'", PhpIni.Write(new Dictionary<string, string> { ["b"] = endless, ["a"] = nested }));
    }

    [Fact]
    public void Write_Set_IsSortedByName()
        => Assert.Equal("B='2'\na='1'\na.b='3'", PhpIni.Write(new Dictionary<string, string> { ["a.b"] = "3", ["a"] = "1", ["B"] = "2" }));

    [Fact]
    public void Read_SetWrittenByHand_GivesItsDirectives()
        => Assert.Equal(
            [new("a", "1"), new("b.c", "\"x = y\""), new("d", "")],
            PhpIni.Read(" a = 1\r\n; comment\n\n[section]\nb.c=\"x = y\"\nd"));
}
