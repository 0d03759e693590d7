using System.Collections.Frozen;

namespace Yarp.FastCgi.Configuration;

/// <summary>Values by name, each under <c>Key:NAME</c>. Names are case-sensitive. The sets of a cluster and its route are merged by name.</summary>
/// <typeparam name="TOptions">The record that declares the option; it says where the option may stand.</typeparam>
internal abstract class MapSetting<TOptions> : FastCgiSetting, IMapSetting
    where TOptions : class, IFastCgiOptions
{
    private static readonly FrozenDictionary<string, string> Empty = FrozenDictionary<string, string>.Empty;

    public required Func<TOptions, IReadOnlyDictionary<string, string>?> Get { get; init; }

    public required Func<TOptions, IReadOnlyDictionary<string, string>?, TOptions> Set { get; init; }

    public sealed override SettingScope Scope => SettingScopes.Of<TOptions>();

    public sealed override string Type => "map, name to value";

    public sealed override string DefaultText => "none";

    /// <summary>The values that apply.</summary>
    public IReadOnlyDictionary<string, string> Resolve(TOptions options) => Get(options) ?? Empty;

    public sealed override IFastCgiOptions Read(IFastCgiOptions options, IReadOnlyList<MetadataEntry> entries, ICollection<string> errors)
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

        return Set((TOptions)options, values);
    }

    public sealed override void Write(IFastCgiOptions options, IDictionary<string, string> metadata)
    {
        if (options is not TOptions declaring)
        {
            return;
        }

        foreach (var (name, value) in Resolve(declaring))
        {
            metadata[$"{Key}:{name}"] = value;
        }
    }

    public sealed override IFastCgiOptions Overlay(IFastCgiOptions options, IFastCgiOptions overrides)
    {
        if (options is not TOptions under || overrides is not TOptions over)
        {
            return options;
        }

        if (Get(under) is not { } defaults || Get(over) is not { } values)
        {
            return Set(under, Get(over) ?? Get(under));
        }

        var merged = new Dictionary<string, string>(defaults, StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            merged[name] = value;
        }

        return Set(under, merged);
    }

    /// <summary>What is wrong with one entry; null when nothing is.</summary>
    protected abstract string? Check(MetadataEntry entry, string name);
}

/// <summary>One that describes the application.</summary>
internal abstract class MapSetting : MapSetting<FastCgiRouteOptions>;
