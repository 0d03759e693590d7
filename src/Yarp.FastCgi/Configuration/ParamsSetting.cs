using System.Collections.Frozen;
using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Configuration;

/// <summary>The params by name, as in the application's environment.</summary>
internal sealed class ParamsSetting : MapSetting
{
    // A pair does not go on in a second record (G2). Each of the two lengths takes up to four bytes.
    private const int MaxSize = ProtocolLimits.MaxPaddedContentLength - (2 * sizeof(uint));

    // A client that chooses one of these runs any code (auto_prepend_file), or has any file read (G13, G18).
    private static readonly FrozenSet<string> NeverOfTheClient = FrozenSet.Create(
        StringComparer.Ordinal, PhpParams.Value, PhpParams.AdminValue, PhpParams.RequestBodyFile);

    public override string Range => "names not empty, without `=` and control characters; values without NUL, `{` and `}` doubled outside of placeholders; both together at most 65520 bytes";

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

        if (Encoding.UTF8.GetByteCount(name) + template.LiteralSize > MaxSize)
        {
            return $"{ControlCharacters.Quote(entry.Key)} is {ControlCharacters.Quote(entry.Value)}, but name and value must have at most {MaxSize} bytes together: a FastCGI record carries no more.";
        }

        return template.IsClientMade && NeverOfTheClient.Contains(name)
            ? $"'{entry.Key}' is {ControlCharacters.Quote(entry.Value)}, but {name} must not be made from what a client sends."
            : null;
    }
}
