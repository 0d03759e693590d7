namespace Yarp.FastCgi.Configuration;

/// <summary>A number, time, boolean or word.</summary>
/// <typeparam name="TOptions">The record that declares the option; it says where the option may stand.</typeparam>
/// <typeparam name="T">The type of the value.</typeparam>
internal sealed class ValueSetting<TOptions, T> : ScalarSetting
    where TOptions : class, IFastCgiOptions
    where T : struct
{
    private readonly string? _defaultText;

    public required SettingFormat<T> Format { get; init; }

    public required T Default { get; init; }

    public required Func<TOptions, T?> Get { get; init; }

    public required Func<TOptions, T, TOptions> Set { get; init; }

    public override SettingScope Scope => SettingScopes.Of<TOptions>();

    public override string Type => Format.Type;

    public override string Range => Format.Range;

    public override string DefaultText => _defaultText ?? $"`{Format.Format(Default)}`";

    /// <summary>Said instead of the plain default when that is only the last resort.</summary>
    public string DefaultNote { init => _defaultText = value; }

    /// <summary>The value that applies: the one set, else the default.</summary>
    public T Resolve(TOptions options) => Get(options) ?? Default;

    public override void Write(IFastCgiOptions options, IDictionary<string, string> metadata)
    {
        if (options is TOptions declaring && Get(declaring) is { } value)
        {
            metadata[Key] = Format.Format(value);
        }
    }

    public override IFastCgiOptions Overlay(IFastCgiOptions options, IFastCgiOptions overrides)
        => overrides is TOptions declaring && Get(declaring) is { } value ? Set((TOptions)options, value) : options;

    protected override IFastCgiOptions ReadValue(IFastCgiOptions options, MetadataEntry entry, ICollection<string> errors)
    {
        if (Format.TryParse(entry.Value, out var value))
        {
            return Set((TOptions)options, value);
        }

        errors.Add(Invalid(entry, Format.Form));
        return options;
    }
}
