using System.Globalization;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>Times, sizes and variables of nginx.</summary>
internal static class NginxValues
{
    /// <summary>A time such as <c>60</c> (seconds), <c>500ms</c>, <c>1h30m</c>.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        time = TimeSpan.Zero;
        var position = 0;
        while (position < text.Length)
        {
            var start = position;
            while (position < text.Length && char.IsAsciiDigit(text[position]))
            {
                position++;
            }

            if (position == start || position - start > 9)
            {
                return false;
            }

            var number = int.Parse(text.AsSpan(start, position - start), NumberStyles.None, CultureInfo.InvariantCulture);
            start = position;
            while (position < text.Length && char.IsAsciiLetter(text[position]))
            {
                position++;
            }

            TimeSpan? part = text[start..position] switch
            {
                "" or "s" => TimeSpan.FromSeconds(number),
                "ms" => TimeSpan.FromMilliseconds(number),
                "m" => TimeSpan.FromMinutes(number),
                "h" => TimeSpan.FromHours(number),
                "d" => TimeSpan.FromDays(number),
                "w" => TimeSpan.FromDays(7.0 * number),
                "M" => TimeSpan.FromDays(30.0 * number),
                "y" => TimeSpan.FromDays(365.0 * number),
                _ => null,
            };
            if (part is null)
            {
                return false;
            }

            time += part.Value;
        }

        return text.Length > 0;
    }

    /// <summary>A size such as <c>8k</c>, <c>1m</c>.</summary>
    public static bool TryParseSize(string text, out long bytes)
    {
        var shift = text.Length == 0 ? 0 : char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, _ => 0 };
        var isNumber = long.TryParse(shift == 0 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out bytes) && bytes <= long.MaxValue >> shift;
        bytes = isNumber ? bytes << shift : 0;
        return isNumber;
    }

    /// <summary>Puts something else in the place of variables.</summary>
    /// <param name="text">With <c>$name</c> or <c>${name}</c>.</param>
    /// <param name="replace">What stands for a variable; null when nothing does.</param>
    /// <param name="unknown">The first variable that nothing stands for.</param>
    /// <param name="literal">What becomes of the text between.</param>
    public static string Expand(string text, Func<string, string?> replace, out string? unknown, Func<string, string>? literal = null)
    {
        unknown = null;
        var result = new System.Text.StringBuilder();
        var position = 0;
        while (position < text.Length)
        {
            var dollar = text.IndexOf('$', position);
            var end = dollar < 0 ? text.Length : dollar;
            var plain = text[position..end];
            result.Append(literal is null ? plain : literal(plain));
            if (dollar < 0)
            {
                break;
            }

            var braces = dollar + 1 < text.Length && text[dollar + 1] == '{';
            var start = dollar + (braces ? 2 : 1);
            position = start;
            while (position < text.Length && (char.IsAsciiLetterOrDigit(text[position]) || text[position] == '_'))
            {
                position++;
            }

            var name = text[start..position];
            position += braces && position < text.Length ? 1 : 0;
            if (replace(name) is { } value)
            {
                result.Append(value);
            }
            else
            {
                unknown ??= name;
            }
        }

        return result.ToString();
    }
}
