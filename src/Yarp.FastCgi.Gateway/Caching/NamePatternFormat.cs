using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>A name, or with an asterisk at its end all names that begin with it.</summary>
internal sealed class NamePatternFormat : SettingFormat<string>
{
    public static readonly NamePatternFormat Instance = new();

    private const int MaxLength = 256;

    public override string Type => "name";

    public override string Range => "`name`, `name*`, `*`";

    public override string Form => "a name without spaces, with an asterisk at its end for all that begin with it, as _ga or _ga_*";

    /// <summary>Whether a name is one of those that the patterns stand for.</summary>
    public static bool AnyMatches(IReadOnlyList<string> patterns, ReadOnlySpan<char> name)
    {
        for (var i = 0; i < patterns.Count; i++)
        {
            var pattern = patterns[i];
            if (pattern[^1] == '*' ? name.StartsWith(pattern.AsSpan()[..^1], StringComparison.Ordinal) : name.SequenceEqual(pattern))
            {
                return true;
            }
        }

        return false;
    }

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length is > 0 and <= MaxLength && text.All(static c => c is > ' ' and <= '~' and not (';' or '=' or '&' or ',')) && text.IndexOf('*') is var star && (star < 0 || star == text.Length - 1);
    }

    public override string Format(string value) => value;
}
