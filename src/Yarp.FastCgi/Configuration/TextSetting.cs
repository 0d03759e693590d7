namespace Yarp.FastCgi.Configuration;

/// <summary>A path or another text.</summary>
/// <typeparam name="TOptions">The record that declares the option; it says where the option may stand.</typeparam>
internal class TextSetting<TOptions> : ScalarSetting
    where TOptions : class, IFastCgiOptions
{
    public required TextFormat Format { get; init; }

    /// <summary>What applies when the option is not set, in words.</summary>
    public required string DefaultNote { get; init; }

    public required Func<TOptions, string?> Get { get; init; }

    public required Func<TOptions, string, TOptions> Set { get; init; }

    public override SettingScope Scope => SettingScopes.Of<TOptions>();

    public override string Type => Format.Type;

    public override string Range => Format.Range;

    public override string DefaultText => DefaultNote;

    public override void Write(IFastCgiOptions options, IDictionary<string, string> metadata)
    {
        if (options is TOptions declaring && Get(declaring) is { } value)
        {
            metadata[Key] = value;
        }
    }

    public override IFastCgiOptions Overlay(IFastCgiOptions options, IFastCgiOptions overrides)
        => overrides is TOptions declaring && Get(declaring) is { } value ? Set((TOptions)options, value) : options;

    protected override IFastCgiOptions ReadValue(IFastCgiOptions options, MetadataEntry entry, ICollection<string> errors)
    {
        if (!Format.TryParse(entry.Value, out _))
        {
            errors.Add(Invalid(entry, Format.Form));
        }

        // A wrong text still counts as set, so that its own error is not followed by one that calls it missing.
        return Set((TOptions)options, entry.Value);
    }
}

/// <summary>One that describes the application.</summary>
internal sealed class TextSetting : TextSetting<FastCgiRouteOptions>;
