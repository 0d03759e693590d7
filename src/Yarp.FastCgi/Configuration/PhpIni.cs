using System.Collections.Frozen;
using System.Text;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Writes settings of PHP in the syntax of php.ini, in which php-fpm reads PHP_VALUE and PHP_ADMIN_VALUE. A set with an error in it is
/// dropped from there on, without a word; so whatever could be syntax is written as a literal.
/// </summary>
internal static class PhpIni
{
    private static readonly FrozenSet<string> BooleanWords = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "on", "off", "yes", "no", "true", "false");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> ReservedWords = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, ["null", "none", .. BooleanWords]).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether it can be the name of a directive.</summary>
    public static bool IsName(string text)
        => text.Length > 0
            && char.IsAsciiLetter(text[0])
            && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')
            && !IsReserved(text);

    /// <summary>Whether it is a word of the syntax, wherever it stands.</summary>
    public static bool IsReserved(ReadOnlySpan<char> word) => ReservedWords.Contains(word);

    /// <summary>Quotes around a value are those of php.ini or of another server's configuration: here they would be part of it.</summary>
    public static bool IsValue(string text)
        => !text.AsSpan().ContainsControl()
            && !(text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0]);

    /// <summary>The lines <c>name=value</c>, sorted by name, so that the same set always gives the same bytes.</summary>
    public static string Write(IReadOnlyDictionary<string, string> directives)
    {
        var lines = new StringBuilder();
        foreach (var (name, value) in directives.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            lines.Append(lines.Length > 0 ? "\n" : "").Append(name).Append('=');
            WriteValue(lines, value);
        }

        return lines.ToString();
    }

    /// <summary>The directives of a set that was written by hand, with their values as they stand.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Read(string lines)
    {
        foreach (var line in lines.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] is not (';' or '#' or '['))
            {
                var equals = line.IndexOf('=');
                yield return equals < 0 ? new(line, "") : new(line[..equals].TrimEnd(), line[(equals + 1)..].TrimStart());
            }
        }
    }

    private static void WriteValue(StringBuilder lines, string value)
    {
        if (BooleanWords.Contains(value) || PhpIniExpression.Is(value))
        {
            lines.Append(value);
            return;
        }

        // Single quotes have no escapes, not even for themselves; strings side by side are one.
        var isFirst = true;
        foreach (var range in value.AsSpan().Split('\''))
        {
            if (!isFirst)
            {
                lines.Append("\"'\"");
            }

            isFirst = false;
            var literal = value.AsSpan(range);
            if (!literal.IsEmpty)
            {
                lines.Append('\'').Append(literal).Append('\'');
            }
        }
    }
}
