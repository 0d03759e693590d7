using System.Globalization;

namespace Yarp.FastCgi.Configuration;

/// <summary>Error statuses from one to another, both included.</summary>
internal readonly record struct StatusRange(int First, int Last)
{
    private const int Min = 400;
    private const int Max = 599;

    public bool Contains(int status) => status >= First && status <= Last;

    /// <summary>Reads <c>404</c> or <c>500-599</c>.</summary>
    public static bool TryParse(string text, out StatusRange range)
    {
        var dash = text.IndexOf('-');
        var first = dash < 0 ? text : text.AsSpan(0, dash);
        var last = dash < 0 ? text : text.AsSpan(dash + 1);
        range = default;
        if (!TryParseStatus(first, out var from) || !TryParseStatus(last, out var to) || from > to)
        {
            return false;
        }

        range = new StatusRange(from, to);
        return true;
    }

    private static bool TryParseStatus(ReadOnlySpan<char> text, out int status)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && text.Length == 3 && status is >= Min and <= Max;
}
