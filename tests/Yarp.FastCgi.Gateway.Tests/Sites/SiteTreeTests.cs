using System.Text;
using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.Tests.Sites;

public class SiteTreeTests
{
    private const string Preset = """
        {
          "Index": [ "index.php", "index.html" ], "MaxRequestBodySize": "1M", "Denied": [ "/a", "/b" ], "Params": { "A": "1", "B": "2" },
          "FastCgi": { "ScriptExtensions": [ ".php", ".php5" ], "ResponseHeadTimeout": "00:05:00" },
          "Static": [ { "Match": "*.css", "CacheControl": "a" }, { "Match": [ "*.js", "*.mjs" ], "CacheControl": "b" } ]
        }
        """;

    [Fact]
    public void Over_SiteSaysNothing_IsThePreset()
        => Assert.Equal(Read(Preset).Values, Read("{}").Over(Read(Preset)).Values);

    [Fact]
    public void Over_ListOfTheSite_ReplacesThatOfThePreset()
        => Assert.Equal(["start.php"], Merge("""{ "Index": [ "start.php" ] }""").List(SiteKey.Index));

    [Theory]
    [InlineData("""{ "Index": "start.php" }""", "start.php")]
    [InlineData("""{ "Index": [] }""", "")]
    public void Over_ListWrittenAsOneValueOrNone_ReplacesIt(string site, string expected)
        => Assert.Equal(expected, string.Join('|', Merge(site).List(SiteKey.Index)!));

    [Theory]
    [InlineData("""{ "Denied": [ "{preset}", "/c" ] }""", "/a|/b|/c")]
    [InlineData("""{ "Denied": [ "/c", "{preset}", "/d" ] }""", "/c|/a|/b|/d")]
    [InlineData("""{ "Denied": "{preset}" }""", "/a|/b")]
    [InlineData("""{ "Denied": [ "{preset}" ] }""", "/a|/b")]
    public void Over_PresetInAList_StandsForItsElements(string site, string expected)
        => Assert.Equal(expected, string.Join('|', Merge(site).List(SiteKey.Denied)!));

    [Fact]
    public void Over_PresetAmongRules_StandsForItsRules()
    {
        var rules = Merge("""{ "Static": [ { "Match": "/x/", "CacheControl": "c" }, "{preset}" ] }""").Rules(SiteKey.Static).ToList();

        Assert.Equal(["c", "a", "b"], rules.Select(rule => rule.Text("CacheControl")));
        Assert.Equal(["*.js", "*.mjs"], rules[2].Texts("Match"));
    }

    [Fact]
    public void Over_Map_IsMergedByName()
        => Assert.Equal("A=1 B=3 C=4", string.Join(' ', Merge("""{ "Params": { "B": "3", "C": "4" } }""").Map(SiteKey.Params).Select(param => $"{param.Key}={param.Value}").Order()));

    [Fact]
    public void Over_Section_IsMergedAndItsListsReplaced()
        => Assert.Equal(
            "KeepAlive=true ResponseHeadTimeout=00:05:00 ScriptExtensions:0=.ks",
            string.Join(' ', Merge("""{ "FastCgi": { "ScriptExtensions": [ ".ks" ], "KeepAlive": "true" } }""").Map(SiteKey.FastCgi).Select(option => $"{option.Key}={option.Value}").Order()));

    [Fact]
    public void Over_Text_OfTheSiteWins() => Assert.Equal("2M", Merge("""{ "maxrequestbodysize": "2M" }""")[SiteKey.MaxRequestBodySize]);

    [Fact]
    public void List_MoreThanTenElements_AreInTheirOrder()
    {
        var names = Enumerable.Range(0, 12).Select(number => $"{number}.php").ToList();

        Assert.Equal(names, Merge($$"""{ "Index": [ {{string.Join(", ", names.Select(name => $"\"{name}\""))}} ] }""").List(SiteKey.Index));
    }

    private static SiteTree Merge(string site) => Read(site).Over(Read(Preset));

    private static SiteTree Read(string json)
        => SiteTree.Read(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build());
}
