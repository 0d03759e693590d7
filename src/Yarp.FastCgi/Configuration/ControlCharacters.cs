using System.Globalization;
using System.Text;

namespace Yarp.FastCgi.Configuration;

/// <summary>Control characters have no place in any name, path or message of the configuration.</summary>
internal static class ControlCharacters
{
    private const int MaxQuotedLength = 200;

    public static bool ContainsControl(this ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The text in quotes, for a message: control characters escaped, a very long text cut.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('\'');
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxQuotedLength)))
        {
            _ = char.IsControl(c) ? quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : quoted.Append(c);
        }

        return quoted.Append(text.Length > MaxQuotedLength ? "…'" : "'").ToString();
    }
}
