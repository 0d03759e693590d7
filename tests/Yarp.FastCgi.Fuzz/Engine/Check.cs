using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Assertions of the targets.</summary>
internal static class Check
{
    private const int MaxShown = 400;

    public static void That([DoesNotReturnIf(false)] bool holds, string rule, string details = "")
    {
        if (!holds)
        {
            throw new FuzzFailureException(rule, details);
        }
    }

    public static void Same<T>(T expected, T actual, string rule)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new FuzzFailureException(rule, $"expected {Show($"{expected}")}, got {Show($"{actual}")}");
        }
    }

    public static void SameBytes(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string rule)
    {
        if (!expected.SequenceEqual(actual))
        {
            throw new FuzzFailureException(
                rule,
                $"expected {expected.Length} bytes, got {actual.Length}, equal up to {expected.CommonPrefixLength(actual)}; expected {Show(Latin1(expected))}, got {Show(Latin1(actual))}");
        }
    }

    /// <summary>Text on one line, cut when it is long.</summary>
    public static string Show(string text)
    {
        var shown = new StringBuilder("'");
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxShown)))
        {
            _ = c is >= ' ' and <= '~' ? shown.Append(c) : shown.Append($"\\x{(int)c:x2}");
        }

        return shown.Append(text.Length > MaxShown ? "…'" : "'").ToString();
    }

    public static string Latin1(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
