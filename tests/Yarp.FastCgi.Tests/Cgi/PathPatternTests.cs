using System.Text.RegularExpressions;
using CsCheck;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Tests.Cgi;

public class PathPatternTests
{
    [Theory]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/A", true)]
    [InlineData("/a", "/a/b", false)]
    [InlineData("/", "/anything/at/all", true)]
    [InlineData("/dir/", "/dir/", true)]
    [InlineData("/dir/", "/dir/a/b.php", true)]
    [InlineData("/dir/", "/dir", false)]
    [InlineData("/dir/", "/dirs/a", false)]
    [InlineData("/$", "/", true)]
    [InlineData("/$", "/a", false)]
    [InlineData("/dir/$", "/dir/", true)]
    [InlineData("/dir/$", "/dir/a", false)]
    [InlineData("/*.php", "/a.php", true)]
    [InlineData("/*.php", "/a/b.php", false)]
    [InlineData("/a/*/c", "/a/b/c", true)]
    [InlineData("/a/*/c", "/a/b/b/c", false)]
    [InlineData("/a*c*e", "/abcde", true)]
    [InlineData("/a*c*e", "/abcdef", false)]
    [InlineData("/**.php", "/a/b/c.php", true)]
    [InlineData("/sites/*/files/**.php", "/sites/default/files/a/b.php", true)]
    [InlineData("/sites/*/files/**.php", "/sites/a/b/files/c.php", false)]
    [InlineData("/**/tests/", "/tests/a", true)]
    [InlineData("/**/tests/", "/lib/x/tests/a", true)]
    [InlineData("/**/tests/", "/mytests/a", false)]
    [InlineData("/a/**/b", "/a/b", true)]
    [InlineData("*.css", "/a/b.css", true)]
    [InlineData("*.css", "/a.css/b", false)]
    [InlineData("composer.*", "/x/composer.json", true)]
    [InlineData("/\u212A", "/k", false)]
    public void Matches_Path_IgnoresAsciiCaseAndKnowsStars(string text, string path, bool expected)
    {
        Assert.True(PathPattern.TryParse(text, out var pattern));
        Assert.Equal(expected, pattern.Matches(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("/***")]
    [InlineData("/a//b")]
    [InlineData("/**/a/**/b")]
    public void TryParse_OtherForm_IsFalse(string text) => Assert.False(PathPattern.TryParse(text, out _));

    [Fact]
    public void Matches_AnyPatternAndPath_IsWhatTheRegularExpressionSays()
        => Gen.Select(Gen.Char["ab/*"].Array[0, 8], Gen.Char["abAB/"].Array[0, 10]).Sample((pattern, path) =>
        {
            var text = "/" + new string(pattern);
            var target = "/" + new string(path);
            if (text[^1] == '/' || text.Contains("/**/", StringComparison.Ordinal) || !PathPattern.TryParse(text, out var parsed))
            {
                return;
            }

            var expression = "^" + text.Replace("**", "%", StringComparison.Ordinal).Replace("*", "[^/]*", StringComparison.Ordinal).Replace("%", ".*", StringComparison.Ordinal) + "$";
            Assert.Equal(Regex.IsMatch(target, expression, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant), parsed.Matches(target));
        });

    [Fact]
    public void Matches_LongPath_Ends()
    {
        Assert.True(PathPattern.TryParse("/**a*b*c", out var pattern));
        Assert.False(pattern.Matches("/" + string.Concat(Enumerable.Repeat("aab/", 2000))));
    }
}
