namespace Yarp.FastCgi.Configuration;

/// <summary>
/// One option: its key, where it may stand, its form, range, default and meaning, and its way between metadata and
/// the options records. Everything that handles options goes through <see cref="FastCgiSettings.All"/> and
/// <see cref="DestinationSettings.All"/>.
/// </summary>
internal abstract class FastCgiSetting
{
    /// <summary>The name of the option's property, and of its key below <c>FastCgi</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The meaning in one line, for the reference.</summary>
    public required string Summary { get; init; }

    public string Key => FastCgiMetadata.Prefix + Name;

    public abstract SettingScope Scope { get; }

    /// <summary>The kind of value and its unit, for the reference.</summary>
    public abstract string Type { get; }

    /// <summary>The values allowed, for the reference.</summary>
    public abstract string Range { get; }

    /// <summary>The default, for the reference.</summary>
    public abstract string DefaultText { get; }

    /// <summary>The options with this one read from its metadata; what is wrong with it is added to the errors.</summary>
    public abstract IFastCgiOptions Read(IFastCgiOptions options, IReadOnlyList<MetadataEntry> entries, ICollection<string> errors);

    /// <summary>Writes the option into metadata; nothing when it is not set.</summary>
    public abstract void Write(IFastCgiOptions options, IDictionary<string, string> metadata);

    /// <summary>The options with this one taken from <paramref name="overrides"/> when it is set there.</summary>
    public abstract IFastCgiOptions Overlay(IFastCgiOptions options, IFastCgiOptions overrides);

    private protected static string Invalid(MetadataEntry entry, string form)
        => $"'{entry.Key}' is {ControlCharacters.Quote(entry.Value)}, but must be {form}.";
}
