using System.Collections.Frozen;

namespace Yarp.FastCgi.Configuration;

/// <summary>The params by name, as in the application's environment.</summary>
internal sealed class ParamsSetting : MapSetting
{
    // A client that chooses one of these runs any code (auto_prepend_file), or has any file read (G13, G18).
    private static readonly FrozenSet<string> NeverOfTheClient = FrozenSet.Create(
        StringComparer.Ordinal, PhpParams.Value, PhpParams.AdminValue, PhpParams.RequestBodyFile);

    public override string Range => "names not empty, without `=` and control characters; values without NUL, `{` and `}` doubled outside of placeholders";

    protected override string? Check(MetadataEntry entry, string name)
    {
        if (name.Length == 0 || name.Contains('=') || name.AsSpan().ContainsControl())
        {
            return $"{ControlCharacters.Quote(entry.Key)} ({ControlCharacters.Quote(entry.Value)}) has no right name of a param: it must not be empty and must have neither '=' nor control characters.";
        }

        if (entry.Value.Contains('\0'))
        {
            return Invalid(entry, "a text without NUL");
        }

        if (!ParamTemplate.TryParse(entry.Value, out var template, out var error))
        {
            return $"'{entry.Key}' is {ControlCharacters.Quote(entry.Value)}, {error}.";
        }

        return template.IsClientMade && NeverOfTheClient.Contains(name)
            ? $"'{entry.Key}' is {ControlCharacters.Quote(entry.Value)}, but {name} must not be made from what a client sends."
            : null;
    }
}
