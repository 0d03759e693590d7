using System.Text.RegularExpressions;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Gateway.Import;

namespace Yarp.FastCgi.Gateway.Tests.Import;

public class RegexPatternsTests
{
    private static readonly string[] Paths =
    [
        "/", "/index.php", "/index.php/a", "/a/index.php", "/a.css", "/a/b.css", "/a.css/b", "/a.woff", "/a.woff2", "/build", "/build/", "/build/a", "/builder", "/.git/config", "/a/.env", "/wp-content/uploads/x.php",
        "/files/a/b.php", "/ocs/v1.php", "/ocs/v2.php/x", "/ocs/v3.php", "/sites/a/files/x.php", "/sites/a/b/files/x.php", "/w/api.php", "/w/api.phpx", "/vendor/autoload.php", "/a/vendor/x.php", "/w/",
    ];

    [Theory]
    [InlineData(@"\.php$", "/**.php")]
    [InlineData(@"^/index\.php(/|$)", "/index.php/ /index.php")]
    [InlineData(@"^/(?:build|tests)(?:$|/)", "/build /build/ /tests /tests/")]
    [InlineData(@"\.(css|woff2?)$", "/**.css /**.woff2 /**.woff")]
    [InlineData(@"/\.", "/**/.**")]
    [InlineData(@"/(?:uploads|files)/.*\.php$", "/**/uploads/**.php /**/files/**.php")]
    [InlineData(@"^/ocs/v[12]", "/ocs/v1** /ocs/v2**")]
    [InlineData(@"^/sites/[^/]+/files/.*\.php$", "/sites/*/files/**.php")]
    [InlineData(@"^/w/(?<name>index|api)\.php$", "/w/index.php /w/api.php")]
    [InlineData(@"/vendor/.*\.php$", "/**/vendor/**.php")]
    [InlineData(@"^", "/")]
    [InlineData(@"^/w/$", "/w/$")]
    public void Convert_Expression_MatchesTheSamePaths(string regex, string expected)
    {
        var patterns = RegexPatterns.Convert(regex)!;

        Assert.Equal(expected, string.Join(' ', patterns));
        Assert.All(Paths, path => Assert.Equal(
            (path, Regex.IsMatch(path, regex)), (path, patterns.Any(pattern => PathPattern.TryParse(pattern, out var parsed) && parsed.Matches(path)))));
    }

    [Theory]
    [InlineData(@"/\.(?!well-known)")]
    [InlineData(@"^/a{2}")]
    [InlineData(@"^/(a")]
    [InlineData(@"^/a)")]
    [InlineData(@"[a")]
    [InlineData(@"\bx")]
    [InlineData(@"*a")]
    [InlineData("((((((((((((((((((((a))))))))))))))))))))")]
    [InlineData("(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)(a|b|c|d)")]
    public void Convert_WhatHasNoPatterns_IsRefused(string regex) => Assert.Null(RegexPatterns.Convert(regex));
}
