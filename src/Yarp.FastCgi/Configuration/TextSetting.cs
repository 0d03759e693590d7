namespace Yarp.FastCgi.Configuration;

/// <summary>A path or another text.</summary>
internal sealed class TextSetting : ScalarSetting
{
    public required TextFormat Format { get; init; }

    /// <summary>What applies when the option is not set, in words.</summary>
    public required string DefaultNote { get; init; }

    public required Func<FastCgiRouteOptions, string?> Get { get; init; }

    public required Func<FastCgiRouteOptions, string, FastCgiRouteOptions> Set { get; init; }

    /// <summary>Where the option may stand. The delegates are given the options of routes even where it may not.</summary>
    public SettingScope Place { get; init; } = SettingScope.RouteAndCluster;

    public override SettingScope Scope => Place;

    public override string Type => Format.Type;

    public override string Range => Format.Range;

    public override string DefaultText => DefaultNote;

    public override void Write(FastCgiRouteOptions options, IDictionary<string, string> metadata)
    {
        if (Get(options) is { } value)
        {
            metadata[Key] = value;
        }
    }

    public override FastCgiRouteOptions Overlay(FastCgiRouteOptions options, FastCgiRouteOptions overrides)
        => Get(overrides) is { } value ? Set(options, value) : options;

    protected override FastCgiRouteOptions ReadValue(FastCgiRouteOptions options, MetadataEntry entry, ICollection<string> errors)
    {
        if (!Format.TryParse(entry.Value, out _))
        {
            errors.Add(Invalid(entry, Format.Form));
        }

        // A wrong text still counts as set, so that its own error is not followed by one that calls it missing.
        return Set(options, entry.Value);
    }
}
