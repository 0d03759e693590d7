using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Yarp.FastCgi.Gateway.Configuration;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>
/// The configuration in effect as JSON: the sites with what their presets set, and all routes and clusters, those of the sites included. Nothing that looks
/// like a secret is in it.
/// </summary>
internal static class ExpandedConfiguration
{
    private static readonly string[] Sections = ["Gateway", "ReverseProxy", "Kestrel", "Logging"];

    // Names and values of these are texts of the user, whatever they look like.
    private static readonly string[] TextMaps = ["Params", "PhpValues", "PhpAdminValues", "Environment", "Headers", "Metadata"];

    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static string ToJson(IConfiguration configuration)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in Sections)
        {
            Add(values, section, SiteTree.Read(configuration.GetSection(section)).Values);
        }

        foreach (var section in configuration.GetSection(SitesConfiguration.Section).GetChildren())
        {
            Replace(values, section.Path, SitesConfiguration.Merge(section, []).Values);
        }

        foreach (var (key, value) in SitesConfiguration.Create(configuration, new RunDirectory()).AsEnumerable())
        {
            if (value is not null && !key.EndsWith(":Metadata:" + SiteRules.MetadataKey, StringComparison.Ordinal))
            {
                values["ReverseProxy:" + key] = value;
            }
        }

        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, Format))
        {
            Write(json, [.. values], isText: false);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static void Replace(Dictionary<string, string> values, string section, IReadOnlyDictionary<string, string> replacement)
    {
        foreach (var key in values.Keys.Where(key => key.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            values.Remove(key);
        }

        Add(values, section, replacement);
        values.Remove($"{section}:{SiteKey.Description.Name}");
    }

    private static void Add(Dictionary<string, string> values, string section, IReadOnlyDictionary<string, string> added)
    {
        foreach (var (key, value) in added)
        {
            values[$"{section}:{key}"] = value;
        }
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> entries, bool isText)
    {
        var groups = entries
            .GroupBy(static entry => entry.Key.IndexOf(':') is >= 0 and var end ? entry.Key[..end] : entry.Key, StringComparer.OrdinalIgnoreCase)
            .OrderBy(static group => group.Key, ConfigurationKeyComparer.Instance)
            .ToList();
        var isArray = groups.TrueForAll(static group => int.TryParse(group.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        if (isArray)
        {
            json.WriteStartArray();
        }
        else
        {
            json.WriteStartObject();
        }

        foreach (var group in groups)
        {
            if (!isArray)
            {
                json.WritePropertyName(group.Key);
            }

            WriteGroup(json, group.Key, [.. group], isText);
        }

        if (isArray)
        {
            json.WriteEndArray();
        }
        else
        {
            json.WriteEndObject();
        }
    }

    private static void WriteGroup(Utf8JsonWriter json, string name, IReadOnlyList<KeyValuePair<string, string>> group, bool isText)
    {
        // A value beside keys below it is hidden by them, as it is for every reader of the configuration.
        var below = group.Where(entry => entry.Key.Length > name.Length).Select(entry => KeyValuePair.Create(entry.Key[(name.Length + 1)..], entry.Value)).ToList();
        if (below.Count > 0)
        {
            Write(json, below, isText || TextMaps.Contains(name, StringComparer.OrdinalIgnoreCase));
            return;
        }

        var text = group[0].Value;
        var value = text.Length > 0 && SecretNames.Contains(name) ? SecretRedactor.Replacement : SecretRedactor.RedactText(text);
        if (isText)
        {
            json.WriteStringValue(value);
        }
        else if (bool.TryParse(value, out var boolean))
        {
            json.WriteBooleanValue(boolean);
        }
        else if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number.ToString(CultureInfo.InvariantCulture) == value)
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteStringValue(value);
        }
    }
}
