using System.Text.RegularExpressions;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Sites;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Sites;

/// <summary>What is wrong with a site, told by <c>validate</c>; and that every preset is right.</summary>
public sealed class SiteValidationTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public static TheoryData<string> Presets => new(PresetCatalog.Names);

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Presets_AreThese()
        => Assert.Equal(
            "cgit django drupal git joomla laravel mapserver mediawiki moodle nextcloud perl php phpmyadmin rails symfony wordpress", string.Join(' ', PresetCatalog.Names));

    [Fact]
    public void Document_HasEveryKeyAndEveryPreset()
    {
        var document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "sites.md"));
        var rows = Regex.Matches(document, @"^\| ((?:`[A-Za-z]+`(?:, )?)+) \|", RegexOptions.Multiline).SelectMany(row => row.Groups[1].Value.Replace("`", "", StringComparison.Ordinal).Split(", ")).ToList();

        Assert.Equal(SiteKey.All.Select(key => key.Name).Concat(PresetCatalog.Names).Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public async Task Validate_Preset_IsRightAndDescribed(string preset)
    {
        Assert.Equal(0, await ValidateAsync($$"""{ "site": { "Preset": "{{preset}}", "Root": "{{_directory.Path}}", "App": "unix:/run/a.sock" } }"""));
        Assert.Empty(_error.ToString());
        Assert.NotEmpty(PresetCatalog.Describe(preset));
    }

    [Theory]
    [InlineData(""" "Preset": "wordpres" """, "'Gateway:Sites:site:Preset': there is no preset 'wordpres': use cgit, ")]
    [InlineData(""" "Preset": "/none/own.json" """, "'Gateway:Sites:site:Preset': the preset's file cannot be read: ")]
    [InlineData(""" "Inedx": "a.php" """, "'Gateway:Sites:site:Inedx' is not a known key of a site: use Aliases, Answers, App, ")]
    [InlineData(""" "Index": "a/b.php" """, "'FastCgi:Index:0' is 'a/b.php'")]
    [InlineData(""" "Scripts": "admin.php" """, "'FastCgi:Scripts:0' is 'admin.php', but must be a pattern that starts with '/'")]
    [InlineData(""" "TryFiles": "page.php" """, "'FastCgi:TryFiles:0' is 'page.php'")]
    [InlineData(""" "App": "/run/php.sock" """, "'Address' is '/run/php.sock'. ")]
    [InlineData(""" "App": [] """, "'Gateway:Sites:site:App' is not set: ")]
    [InlineData(""" "Path": "shop" """, "'Gateway:Sites:site:Path' is 'shop', but must be a path that starts with '/'")]
    [InlineData(""" "Path": "/{shop}" """, "'Gateway:Sites:site:Path' is '/{shop}'")]
    [InlineData(""" "RootFiles": "no" """, "'Gateway:Sites:site:RootFiles' is 'no', but must be true or false.")]
    [InlineData(""" "MaxRequestBodySize": "64MB" """, "'Gateway:Sites:site:MaxRequestBodySize' is '64MB', but must be a number of bytes")]
    [InlineData(""" "Denied": [ "/a", "b/c" ] """, "'Gateway:Sites:site:Denied' has 'b/c'")]
    [InlineData(""" "Static": [ { "CacheControl": "x" } ] """, "'Gateway:Sites:site:Static:0:Match' is not set")]
    [InlineData(""" "Static": [ { "Match": "*", "Expires": "1d" } ] """, "'Gateway:Sites:site:Static:0:Expires' is not a known key: use Match, CacheControl, Headers.")]
    [InlineData(""" "Static": [ "*.css" ] """, "'Gateway:Sites:site:Static:0' is '*.css', but must be an object")]
    [InlineData(""" "Answers": [ { "Match": "/a", "Status": 99 } ] """, "'Gateway:Sites:site:Answers:0:Status' is '99'")]
    [InlineData(""" "Answers": [ { "Match": "/a", "Status": 301 } ] """, "'Gateway:Sites:site:Answers:0:Location' is not set")]
    [InlineData(""" "Answers": [ { "Match": "/a", "Status": 301, "Location": "/{pfad}" } ] """, "'Gateway:Sites:site:Answers:0:Location' is '/{pfad}': unknown placeholder")]
    [InlineData(""" "Headers": { "X A": "1" } """, "'Gateway:Sites:site:Headers:X A' is '1'")]
    [InlineData(""" "Aliases": { "/static": "/srv" } """, "'Gateway:Sites:site:Aliases:/static' is '/srv'")]
    [InlineData(""" "Aliases": { "/static/": "srv" } """, "'Gateway:Sites:site:Aliases:/static/' is 'srv'")]
    [InlineData(""" "Interpreter": "'php-cgi" """, "'Gateway:Sites:site:Interpreter' is ''php-cgi'")]
    [InlineData(""" "Interpreter": { "Debug": true } """, "'Gateway:Sites:site:Interpreter:Command' is not set")]
    [InlineData(""" "Interpreter": "a", "App": [ "unix:/a", "unix:/b" ] """, "'Gateway:Sites:site:Interpreter' is one program")]
    [InlineData(""" "FastCgi": { "MaxConnections": 0 } """, "'FastCgi:MaxConnections' is '0'")]
    public async Task Validate_WrongSite_NamesKeyAndValue(string key, string expected)
    {
        var app = key.Contains("\"App\"", StringComparison.Ordinal) ? "" : """ "App": "unix:/run/a.sock", """;
        Assert.Equal(1, await ValidateAsync($$"""{ "site": { "Root": "/srv", {{app}} {{key}} } }"""));

        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_SeveralErrors_AreToldTogether()
    {
        Assert.Equal(1, await ValidateAsync("""{ "one": { "Roott": "/a", "App": "unix:/a", "Index": "a/b" }, "two": { "Path": "x", "App": "unix:/b" } }"""));

        Assert.Equal(3, _error.ToString().TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData("64", 64)]
    [InlineData("1k", 1024)]
    [InlineData("2M", 2 * 1024 * 1024)]
    [InlineData("1G", 1024 * 1024 * 1024)]
    [InlineData("unlimited", -1)]
    public void BodySize_RightForm_IsBytes(string text, long expected)
    {
        Assert.True(BodySize.TryParse(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("1.5M")]
    [InlineData("9999999999G")]
    public void BodySize_OtherForm_IsRefused(string text) => Assert.False(BodySize.TryParse(text, out _));

    private Task<int> ValidateAsync(string sites)
        => new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served."))
            .RunAsync(["validate", _directory.WriteFile("gateway.json", $$"""{ "Gateway": { "Sites": {{sites}} } }""")], _output, _error);
}
