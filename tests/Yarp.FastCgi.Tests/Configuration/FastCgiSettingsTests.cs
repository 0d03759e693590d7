using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>The table of options against the public options and their documentation.</summary>
public class FastCgiSettingsTests
{
    private static readonly PropertyInfo[] Properties =
    [
        .. typeof(FastCgiRouteOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly),
        .. typeof(FastCgiClusterOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly),
    ];

    public static TheoryData<string> Names => [.. Properties.Select(property => property.Name)];

    [Fact]
    public void All_PropertiesOfTheOptions_HaveOneSettingEach()
        => Assert.Equal(Properties.Select(property => property.Name).Order(), FastCgiSettings.All.Select(setting => setting.Name).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Scope_Setting_IsThatOfTheRecordThatDeclaresIt(string name)
    {
        var expected = Properties.Single(property => property.Name == name).DeclaringType == typeof(FastCgiClusterOptions)
            ? SettingScope.Cluster
            : SettingScope.RouteAndCluster;

        Assert.Equal(expected, Setting(name).Scope);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DefaultText_Setting_IsTheDocumentedDefault(string name)
    {
        var text = Setting(name).DefaultText.Replace("`", "", StringComparison.Ordinal);
        var documented = DocumentedDefault(name);

        // The table may say more behind a semicolon, and the documentation in parentheses.
        Assert.Equal(documented, text.Split(';')[0], ignoreCase: true);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Range_NumberOrTime_IsTheDocumentedRange(string name)
    {
        var summary = Summary(name);
        var range = Setting(name).Range;
        if (Setting(name).Type.StartsWith("integer", StringComparison.Ordinal))
        {
            Assert.Contains($"Range {range}", summary, StringComparison.Ordinal);
        }
        else if (Setting(name).Type == "time")
        {
            Assert.Equal("above `00:00:00`, up to `24.00:00:00`", range);
            Assert.Contains("Above zero, up to 24 days.", summary, StringComparison.Ordinal);
        }
    }

    private static FastCgiSetting Setting(string name) => FastCgiSettings.All.Single(setting => setting.Name == name);

    private static string DocumentedDefault(string name)
    {
        var summary = Summary(name);
        if (summary.EndsWith("No default.", StringComparison.Ordinal))
        {
            return "none";
        }

        var text = Regex.Match(summary, @"Default: (?<default>.+)\.$").Groups["default"].Value;
        text = Regex.Replace(text, @" \(.+\)$", "");
        var time = Regex.Match(text, "^(?<count>[0-9]+) (?<unit>seconds|minutes)$");
        if (!time.Success)
        {
            return text;
        }

        var count = int.Parse(time.Groups["count"].Value, CultureInfo.InvariantCulture);
        return (time.Groups["unit"].Value == "seconds" ? TimeSpan.FromSeconds(count) : TimeSpan.FromMinutes(count)).ToString("c");
    }

    // The XML documentation of the property as plain text; a reference is the last part of its name.
    private static string Summary(string name)
    {
        var member = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.xml"))
            .Descendants("member")
            .Single(element => Regex.IsMatch(element.Attribute("name")!.Value, $@"^P:Yarp\.FastCgi\.FastCgi(Route|Cluster)Options\.{name}$"));
        var summary = member.Element("summary")!;
        foreach (var reference in summary.Descendants("see").ToArray())
        {
            reference.ReplaceWith(reference.Attribute("cref")!.Value.Split('.')[^1]);
        }

        return Regex.Replace(summary.Value, @"\s+", " ").Trim();
    }
}
