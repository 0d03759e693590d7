using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Gateway.Configuration;

/// <summary>Puts a word in the place of each secret of a configuration: values by their names, and passwords inside of URLs and connection strings.</summary>
internal static partial class SecretRedactor
{
    public const string Replacement = "(redacted)";

    // Objects that say in one property what the others are values of: YARP's transforms, and conditions of a match.
    private static readonly string[] Namers = ["RequestHeader", "ResponseHeader", "ResponseTrailer", "QueryValueParameter", "Name"];

    /// <summary>Changes the tree in place.</summary>
    public static void Redact(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject tree:
                RedactObject(tree);
                break;
            case JsonArray list:
                RedactList(list);
                break;
        }
    }

    /// <summary>A value whose name is none of a secret, without what is one inside of it.</summary>
    public static string RedactText(string text)
        => text.Contains('@', StringComparison.Ordinal) || text.Contains('=', StringComparison.Ordinal)
            ? Assignments().Replace(UserInformation().Replace(text, $"$1{Replacement}$2"), static match => SecretNames.Contains(match.Groups[1].Value) ? $"{match.Groups[1].Value}={Replacement}" : match.Value)
            : text;

    private static void RedactObject(JsonObject tree)
    {
        var namer = Array.Find(Namers, name => tree[name] is JsonValue value && value.TryGetValue<string>(out var named) && SecretNames.Contains(named));
        foreach (var (name, value) in tree.ToArray())
        {
            if (namer is null ? SecretNames.Contains(name) : name is not ("Mode" or "IsCaseSensitive" or "When") && name != namer)
            {
                tree[name] = Hide(value);
            }
            else if (value is JsonValue)
            {
                tree[name] = Shorten(value);
            }
            else
            {
                Redact(value);
            }
        }
    }

    private static void RedactList(JsonArray list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonValue value)
            {
                list[i] = Shorten(value);
            }
            else
            {
                Redact(list[i]);
            }
        }
    }

    // What is below a secret's name is hidden with its structure left as it is: it tells how many there are, and that they are set.
    private static JsonNode? Hide(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject tree:
                return new JsonObject(tree.Select(static entry => KeyValuePair.Create(entry.Key, Hide(entry.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Select(Hide)]);
            case JsonValue value when value.TryGetValue<bool>(out var isOn):
                return JsonValue.Create(isOn);
            case JsonValue value when value.TryGetValue<string>(out var text) && text.Length == 0:
                return JsonValue.Create(text);
            default:
                return node is null ? null : JsonValue.Create(Replacement);
        }
    }

    private static JsonNode Shorten(JsonNode value)
        => value.AsValue().TryGetValue<string>(out var text) ? JsonValue.Create(RedactText(text)) : value.DeepClone();

    /// <summary>scheme://user:password@host</summary>
    [GeneratedRegex("(://[^/?#@:\\s]*:)[^/?#@\\s]+(@)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInformation();

    /// <summary>name=value, between blanks, commas, semicolons or ampersands.</summary>
    [GeneratedRegex("([A-Za-z][A-Za-z0-9_.-]*)=[^\\s,;&]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assignments();
}
