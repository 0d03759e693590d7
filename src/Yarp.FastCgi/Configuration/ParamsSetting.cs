using System.Collections.Frozen;
using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Configuration;

/// <summary>The params by name, each under <c>FastCgi:Params:NAME</c>. Names are case-sensitive, as in the application's environment.</summary>
internal sealed class ParamsSetting : FastCgiSetting
{
    private static readonly FrozenDictionary<string, string> Empty = FrozenDictionary<string, string>.Empty;

    // A pair does not go on in a second record (G2). Each of the two lengths takes up to four bytes.
    private const int MaxSize = ProtocolLimits.MaxPaddedContentLength - (2 * sizeof(uint));

    // A client that chooses one of these runs any code (auto_prepend_file).
    private static readonly FrozenSet<string> PhpSettings = FrozenSet.Create(StringComparer.Ordinal, "PHP_VALUE", "PHP_ADMIN_VALUE");

    public override SettingScope Scope => SettingScope.RouteAndCluster;

    public override string Type => "map, name to value";

    public override string Range => "names not empty, without `=` and control characters; values without NUL, `{` and `}` doubled outside of placeholders; both together at most 65520 bytes";

    public override string DefaultText => "none";

    public static IReadOnlyDictionary<string, string> Resolve(FastCgiRouteOptions options) => options.Params ?? Empty;

    public override FastCgiRouteOptions Read(FastCgiRouteOptions options, IReadOnlyList<MetadataEntry> entries, ICollection<string> errors)
    {
        var values = new Dictionary<string, string>(entries.Count, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.SubKey is null)
            {
                // What is left of an empty object says nothing.
                if (entry.Value.Length > 0)
                {
                    errors.Add($"'{entry.Key}' is {ControlCharacters.Quote(entry.Value)}, but takes names: write '{Key}:NAME'.");
                }
            }
            else if (entry.SubKey.Length == 0 || entry.SubKey.Contains('=') || entry.SubKey.AsSpan().ContainsControl())
            {
                errors.Add($"{ControlCharacters.Quote(entry.Key)} ({ControlCharacters.Quote(entry.Value)}) has no right name of a param: it must not be empty and must have neither '=' nor control characters.");
            }
            else if (entry.Value.Contains('\0'))
            {
                errors.Add(Invalid(entry, "a text without NUL"));
            }
            else if (!ParamTemplate.TryParse(entry.Value, out var template, out var error))
            {
                errors.Add($"'{entry.Key}' is {ControlCharacters.Quote(entry.Value)}, {error}.");
            }
            else if (Encoding.UTF8.GetByteCount(entry.SubKey) + template.LiteralSize > MaxSize)
            {
                errors.Add($"{ControlCharacters.Quote(entry.Key)} is {ControlCharacters.Quote(entry.Value)}, but name and value must have at most {MaxSize} bytes together: a FastCGI record carries no more.");
            }
            else if (template.IsClientMade && PhpSettings.Contains(entry.SubKey))
            {
                errors.Add($"'{entry.Key}' is {ControlCharacters.Quote(entry.Value)}, but settings of PHP must not be made from what a client sends.");
            }
            else if (!values.TryAdd(entry.SubKey, entry.Value))
            {
                errors.Add($"'{entry.Key}' ({ControlCharacters.Quote(entry.Value)}) is set twice.");
            }
        }

        return options with { Params = values };
    }

    public override void Write(FastCgiRouteOptions options, IDictionary<string, string> metadata)
    {
        foreach (var (name, value) in Resolve(options))
        {
            metadata[$"{Key}:{name}"] = value;
        }
    }

    public override FastCgiRouteOptions Overlay(FastCgiRouteOptions options, FastCgiRouteOptions overrides)
    {
        if (options.Params is null || overrides.Params is null)
        {
            return options with { Params = overrides.Params ?? options.Params };
        }

        var merged = new Dictionary<string, string>(options.Params, StringComparer.Ordinal);
        foreach (var (name, value) in overrides.Params)
        {
            merged[name] = value;
        }

        return options with { Params = merged };
    }
}
