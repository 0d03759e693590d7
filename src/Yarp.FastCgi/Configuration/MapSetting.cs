using System.Collections.Frozen;

namespace Yarp.FastCgi.Configuration;

/// <summary>Values by name, each under <c>Key:NAME</c>. Names are case-sensitive. The sets of a cluster and its route are merged by name.</summary>
internal abstract class MapSetting : FastCgiSetting
{
    private static readonly FrozenDictionary<string, string> Empty = FrozenDictionary<string, string>.Empty;

    public required Func<FastCgiRouteOptions, IReadOnlyDictionary<string, string>?> Get { get; init; }

    public required Func<FastCgiRouteOptions, IReadOnlyDictionary<string, string>?, FastCgiRouteOptions> Set { get; init; }

    public sealed override SettingScope Scope => SettingScope.RouteAndCluster;

    public sealed override string Type => "map, name to value";

    public sealed override string DefaultText => "none";

    /// <summary>The values that apply.</summary>
    public IReadOnlyDictionary<string, string> Resolve(FastCgiRouteOptions options) => Get(options) ?? Empty;

    public sealed override FastCgiRouteOptions Read(FastCgiRouteOptions options, IReadOnlyList<MetadataEntry> entries, ICollection<string> errors)
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
            else if (Check(entry, entry.SubKey) is { } error)
            {
                errors.Add(error);
            }
            else if (!values.TryAdd(entry.SubKey, entry.Value))
            {
                errors.Add($"'{entry.Key}' ({ControlCharacters.Quote(entry.Value)}) is set twice.");
            }
        }

        return Set(options, values);
    }

    public sealed override void Write(FastCgiRouteOptions options, IDictionary<string, string> metadata)
    {
        foreach (var (name, value) in Resolve(options))
        {
            metadata[$"{Key}:{name}"] = value;
        }
    }

    public sealed override FastCgiRouteOptions Overlay(FastCgiRouteOptions options, FastCgiRouteOptions overrides)
    {
        if (Get(options) is not { } defaults || Get(overrides) is not { } values)
        {
            return Set(options, Get(overrides) ?? Get(options));
        }

        var merged = new Dictionary<string, string>(defaults, StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            merged[name] = value;
        }

        return Set(options, merged);
    }

    /// <summary>What is wrong with one entry; null when nothing is.</summary>
    protected abstract string? Check(MetadataEntry entry, string name);
}
