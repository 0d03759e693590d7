using System.Globalization;
using System.Text.Json.Nodes;

namespace Yarp.FastCgi.Gateway.Configuration;

/// <summary>Keys and values of a configuration as JSON that says the same. What counts up from 0 is a list.</summary>
internal static class SectionJson
{
    private const char Separator = ':';

    public static JsonNode? Read(IConfigurationSection section)
        => section.GetChildren().ToArray() is { Length: > 0 } children ? Build(children.Select(static child => KeyValuePair.Create(child.Key, Read(child)))) : Value(section.Value);

    /// <summary>The same from keys in which colons stand between the levels.</summary>
    public static JsonNode? Read(IEnumerable<KeyValuePair<string, string>> entries)
    {
        string? own = null;
        var groups = new Dictionary<string, List<KeyValuePair<string, string>>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in entries)
        {
            var end = key.IndexOf(Separator, StringComparison.Ordinal);
            var name = end < 0 ? key : key[..end];
            if (name.Length == 0)
            {
                own = value;
                continue;
            }

            if (!groups.TryGetValue(name, out var group))
            {
                groups[name] = group = [];
            }

            group.Add(KeyValuePair.Create(end < 0 ? "" : key[(end + 1)..], value));
        }

        return groups.Count == 0 ? Value(own) : Build(groups.Select(static group => KeyValuePair.Create(group.Key, Read(group.Value))));
    }

    private static JsonNode Build(IEnumerable<KeyValuePair<string, JsonNode?>> children)
    {
        var sorted = children.ToArray();
        var numbers = new SortedDictionary<int, JsonNode?>();
        foreach (var (name, value) in sorted)
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                numbers[number] = value;
            }
        }

        return numbers.Count == sorted.Length && numbers.Keys.SequenceEqual(Enumerable.Range(0, numbers.Count))
            ? new JsonArray([.. numbers.Values])
            : new JsonObject(sorted);
    }

    private static JsonValue? Value(string? text) => text is null ? null : JsonValue.Create(text);
}
