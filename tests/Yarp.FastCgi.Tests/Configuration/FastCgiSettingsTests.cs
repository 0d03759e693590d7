using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>The table of options against the public options and their documentation.</summary>
public class FastCgiSettingsTests
{
    // By the name of the setting; options of a group stand below the name of the group.
    private static readonly Dictionary<string, PropertyInfo> Properties = new[] { typeof(FastCgiRouteOptions), typeof(FastCgiClusterOptions), typeof(FastCgiDestinationOptions) }
        .SelectMany(Declared)
        .SelectMany(property => property.PropertyType == typeof(FastCgiRetryOptions) || property.PropertyType == typeof(FastCgiInterpreterOptions)
            ? Declared(property.PropertyType).Select(member => (Name: $"{property.Name}:{member.Name}", Property: member))
            : [(property.Name, property)])
        .ToDictionary(pair => pair.Name, pair => pair.Property);

    public static TheoryData<string> Names => [.. Properties.Keys];

    [Fact]
    public void All_PropertiesOfTheOptions_HaveOneSettingEach()
        => Assert.Equal(Properties.Keys.Order(), FastCgiSettings.All.Concat(DestinationSettings.All).Select(setting => setting.Name).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Scope_Setting_IsThatOfTheRecordThatDeclaresIt(string name)
    {
        var declaring = Properties[name].DeclaringType;
        var expected = declaring == typeof(FastCgiRouteOptions) ? SettingScope.RouteAndCluster
            : declaring == typeof(FastCgiDestinationOptions) || declaring == typeof(FastCgiInterpreterOptions) ? SettingScope.Destination
            : SettingScope.Cluster;

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
            // Behind a semicolon are words that are no number.
            Assert.Contains($"Range {range.Split(';')[0]}", summary, StringComparison.Ordinal);
        }
        else if (Setting(name).Type == "time")
        {
            var (expected, documented) = name == nameof(FastCgiRouteOptions.CheckFileMaxAge)
                ? ("`00:00:00` to `00:01:00`", "From zero, up to a minute.")
                : ("above `00:00:00`, up to `24.00:00:00`", "Above zero, up to 24 days.");
            Assert.Equal(expected, range);
            Assert.Contains(documented, summary, StringComparison.Ordinal);
        }
    }

    private static PropertyInfo[] Declared(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    private static FastCgiSetting Setting(string name) => FastCgiSettings.All.Concat(DestinationSettings.All).Single(setting => setting.Name == name);

    private static string DocumentedDefault(string name)
    {
        var summary = Summary(name);
        if (summary.EndsWith("No default.", StringComparison.Ordinal))
        {
            return "none";
        }

        var text = Regex.Match(summary, @"Default: (?<default>.+)\.$").Groups["default"].Value;
        text = Regex.Replace(text, @" \(.+\)$", "");
        var time = Regex.Match(text, "^(?<count>[0-9.]+) (?<unit>seconds|minutes)$");
        if (!time.Success)
        {
            return text;
        }

        var count = double.Parse(time.Groups["count"].Value, CultureInfo.InvariantCulture);
        var value = time.Groups["unit"].Value == "seconds" ? TimeSpan.FromSeconds(count) : TimeSpan.FromMinutes(count);
        return value.ToString(@"hh\:mm\:ss\.FFF", CultureInfo.InvariantCulture).TrimEnd('.');
    }

    // The XML documentation of the property as plain text; a reference is the last part of its name.
    private static string Summary(string name)
    {
        var member = XDocument.Load(Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.xml"))
            .Descendants("member")
            .Single(element => element.Attribute("name")!.Value == $"P:{Properties[name].DeclaringType!.FullName}.{Properties[name].Name}");
        var summary = member.Element("summary")!;
        foreach (var reference in summary.Descendants("see").ToArray())
        {
            reference.ReplaceWith(reference.Attribute("cref")!.Value.Split('.')[^1]);
        }

        return Regex.Replace(summary.Value, @"\s+", " ").Trim();
    }
}
