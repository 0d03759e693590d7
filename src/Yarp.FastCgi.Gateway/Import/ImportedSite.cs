using System.Text.Json.Nodes;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>A site that is being made, as the JSON that it is to be written in.</summary>
internal sealed class ImportedSite
{
    public JsonObject Json { get; } = [];

    public void Set(SiteKey key, string value) => Json[key.Name] = value;

    public void Set(SiteKey key, IEnumerable<string> values)
    {
        if (List(values) is { } list)
        {
            Json[key.Name] = list;
        }
    }

    public void SetIn(SiteKey key, string name, JsonNode value) => Section(key)[name] = value;

    public void AddRule(SiteKey key, JsonObject rule)
    {
        if (Json[key.Name] is not JsonArray rules)
        {
            Json[key.Name] = rules = [];
        }

        rules.Add((JsonNode)rule);
    }

    public JsonObject Section(SiteKey key)
    {
        if (Json[key.Name] is not JsonObject section)
        {
            Json[key.Name] = section = [];
        }

        return section;
    }

    /// <summary>One value alone, or a list of them; null for none.</summary>
    public static JsonNode? List(IEnumerable<string> values)
    {
        var texts = values.Distinct().ToList();
        return texts.Count switch
        {
            0 => null,
            1 => texts[0],
            _ => new JsonArray([.. texts.Select(static text => (JsonNode)text)]),
        };
    }
}
