namespace Yarp.FastCgi.Configuration;

/// <summary>The environment variables of a program by name.</summary>
internal sealed class EnvironmentSetting : MapSetting<FastCgiDestinationOptions>
{
    public override string Range => "names not empty, without `=` and control characters; values without NUL";

    protected override string? Check(MetadataEntry entry, string name)
    {
        if (name.Length == 0 || name.Contains('=') || name.AsSpan().ContainsControl())
        {
            return $"{ControlCharacters.Quote(entry.Key)} ({ControlCharacters.Quote(entry.Value)}) has no right name of an environment variable: it must not be empty and must have neither '=' nor control characters.";
        }

        return entry.Value.Contains('\0') ? Invalid(entry, "a text without NUL") : null;
    }
}
