using Yarp.FastCgi.Interpreters;

namespace Yarp.FastCgi.Tests.Interpreters;

public class CommandTextTests
{
    [Theory]
    [InlineData("php-cgi", new[] { "php-cgi" })]
    [InlineData("  php-cgi   -b  /run/a.sock ", new[] { "php-cgi", "-b", "/run/a.sock" })]
    [InlineData("app 'a b' \"c d\"", new[] { "app", "a b", "c d" })]
    [InlineData("app a'b c'd", new[] { "app", "ab cd" })]
    [InlineData("app '' \"\"", new[] { "app", "", "" })]
    [InlineData("app \"it's\" 'say \"x\"'", new[] { "app", "it's", "say \"x\"" })]
    [InlineData(@"app a\ b \'c \\ ""\"""" '\n'", new[] { "app", "a b", "'c", @"\", "\"", @"\n" })]
    [InlineData("app $HOME *.php a;b `x`", new[] { "app", "$HOME", "*.php", "a;b", "`x`" })]
    public void TrySplit_CommandLine_SplitsAtBlanksOutsideOfQuotes(string text, string[] expected)
    {
        Assert.True(CommandText.TrySplit(text, out var arguments, out _));

        Assert.Equal(expected, arguments);
    }

    [Theory]
    [InlineData("", "names no program")]
    [InlineData("   ", "names no program")]
    [InlineData("'' a", "names no program")]
    [InlineData("app 'a b", "has no end of the quote '")]
    [InlineData("app \"a b", "has no end of the quote \"")]
    [InlineData(@"app \", "ends with a backslash")]
    public void TrySplit_NoCommandLine_SaysWhy(string text, string expected)
    {
        Assert.False(CommandText.TrySplit(text, out _, out var error));

        Assert.Equal(expected, error);
    }

    [Fact]
    public void TryRead_SeveralTexts_TakesThemAsTheyAre()
    {
        Assert.True(CommandText.TryRead(["/opt/my app", "'a b'"], out var arguments, out _));

        Assert.Equal(["/opt/my app", "'a b'"], arguments);
    }
}
