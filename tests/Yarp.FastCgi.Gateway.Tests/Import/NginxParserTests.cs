using CsCheck;
using Yarp.FastCgi.Gateway.Import;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Import;

public sealed class NginxParserTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ImportReport _report = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("a b c;", "a|b|c")]
    [InlineData("a \"b c\" 'd;{' ;", "a|b c|d;{")]
    [InlineData("a \"b\\\"c\" d\\;e;", "a|b\"c|d\\;e")]
    [InlineData("a ^/x\\.php$;", "a|^/x\\.php$")]
    [InlineData("a ${b}c;", "a|${b}c")]
    [InlineData("a b#c; # d;", "a|b#c")]
    [InlineData("\uFEFFa\t\r\n  b;", "a|b")]
    [InlineData("a '' \"\";", "a||")]
    public void Parse_Directive_HasItsWords(string text, string expected)
        => Assert.Equal(expected, string.Join('|', Parse(text).Single() is var directive ? directive.Arguments.Prepend(directive.Name) : []));

    [Fact]
    public void Parse_Blocks_HaveTheirDirectivesAndLines()
    {
        var http = Parse("http {\n  server { listen 80; }\n  # }\n  server {\n    listen 81; } }").Single();

        Assert.Equal([2, 4], http.Children.Select(server => server.Line));
        Assert.Equal(["80", "81"], http.Children.Select(server => server.Children.Single().Argument(0)));
    }

    [Theory]
    [InlineData("a b", "nginx.conf:1: the directive 'a' has no end")]
    [InlineData("a {\n b;", "nginx.conf:2: a block has no end")]
    [InlineData("a; }", "nginx.conf:1: a directive is missing here")]
    [InlineData("a;\n;", "nginx.conf:2: a directive is missing here")]
    [InlineData("\n a \"b;", "nginx.conf:2: the quote \" has no end")]
    [InlineData("a b }", "nginx.conf:1: the directive 'a' has no end")]
    public void Parse_WrongText_NamesTheLine(string text, string expected)
        => Assert.Contains(expected, Assert.Throws<NginxSyntaxException>(() => Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Include_Files_StandInItsPlace()
    {
        _directory.WriteFile("conf.d/b.conf", "second;");
        _directory.WriteFile("conf.d/a.conf", "first;");
        _directory.WriteFile("conf.d/c.txt", "other;");
        _directory.WriteFile("snippets/own.conf", "snippet;");

        Assert.Equal(["begin", "first", "second", "snippet", "end"], Parse("begin; include conf.d/*.conf; include snippets/own.conf; end;").Select(directive => directive.Name));
        Assert.Empty(_report.Lines);
    }

    [Fact]
    public void Include_FileBesideSitesAvailable_IsFound()
    {
        _directory.WriteFile("snippets/own.conf", "snippet;");
        var file = _directory.WriteFile("sites-available/site", "include snippets/own.conf;");

        Assert.Equal("snippet", NginxParser.ParseFile(file, _report).Single().Name);
    }

    [Fact]
    public void Include_FileOfNginx_IsKnownWhereItIsMissing()
    {
        var directives = Parse("include fastcgi_params; include snippets/fastcgi-php.conf; include missing/*.conf; include none.conf;");

        Assert.Contains(directives, directive => directive is { Name: "fastcgi_split_path_info" });
        Assert.Contains("include none.conf: the file does not exist here", Assert.Single(_report.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Include_OfItself_Ends()
        => Assert.Contains("include one another", Assert.Throws<NginxSyntaxException>(() => Parse("include nginx.conf;")).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_DeepBlocks_End()
        => Assert.Contains("inside of one another", Assert.Throws<NginxSyntaxException>(() => Parse(string.Concat(Enumerable.Repeat("a {", 100)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_AnyText_IsReadOrRefused()
        => Gen.Char["ab ;{}\"'\\$#\n"].Array[0, 60].Sample(text =>
        {
            try
            {
                Parse(new string(text));
            }
            catch (NginxSyntaxException)
            {
                // Any other exception fails the test.
            }
        });

    private IReadOnlyList<NginxDirective> Parse(string text) => NginxParser.ParseFile(_directory.WriteFile("nginx.conf", text), _report);
}
