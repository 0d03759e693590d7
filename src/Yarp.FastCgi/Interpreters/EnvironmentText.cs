using System.Text;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// Puts the variables of the gateway into a value: <c>$NAME</c> and <c>${NAME}</c>, nothing for one that is not set. <c>$$</c> is a dollar
/// sign, and so is one that nothing of this follows.
/// </summary>
internal static class EnvironmentText
{
    public static string Expand(string text, Func<string, string?> find)
    {
        if (!text.Contains('$'))
        {
            return text;
        }

        var expanded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                expanded.Append(text[i]);
                continue;
            }

            var rest = text.AsSpan(i + 1);
            var isBraced = rest[0] == '{';
            var name = GetName(isBraced ? rest[1..] : rest);
            if (rest[0] == '$')
            {
                expanded.Append('$');
                i++;
            }
            else if (name.IsEmpty || (isBraced && !rest[(name.Length + 1)..].StartsWith('}')))
            {
                expanded.Append('$');
            }
            else
            {
                expanded.Append(find(name.ToString()));
                i += name.Length + (isBraced ? 2 : 0);
            }
        }

        return expanded.ToString();
    }

    private static ReadOnlySpan<char> GetName(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiLetter(text[length]) || text[length] == '_' || (length > 0 && char.IsAsciiDigit(text[length]))))
        {
            length++;
        }

        return text[..length];
    }
}
