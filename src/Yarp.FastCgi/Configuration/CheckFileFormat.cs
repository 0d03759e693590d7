namespace Yarp.FastCgi.Configuration;

/// <summary>The words of <see cref="FastCgiCheckFile"/>, ignoring case; a boolean is understood as on or off.</summary>
internal sealed class CheckFileFormat : SettingFormat<FastCgiCheckFile>
{
    public override string Type => "word";

    public override string Range => "`auto`, `on`, `off`; `true`, `false`";

    public override string Form => "auto, on or off (or true or false)";

    public override bool TryParse(string text, out FastCgiCheckFile value)
    {
        (var known, value) = text.ToUpperInvariant() switch
        {
            "AUTO" => (true, FastCgiCheckFile.Auto),
            "ON" or "TRUE" => (true, FastCgiCheckFile.On),
            "OFF" or "FALSE" => (true, FastCgiCheckFile.Off),
            _ => (false, default),
        };
        return known;
    }

    public override string Format(FastCgiCheckFile value) => value switch
    {
        FastCgiCheckFile.Auto => "auto",
        FastCgiCheckFile.On => "on",
        FastCgiCheckFile.Off => "off",
        // A number cast to the enum: written as it is, so that the validator can quote it.
        _ => value.ToString("D"),
    };
}
