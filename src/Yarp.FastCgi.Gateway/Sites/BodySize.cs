using System.Globalization;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>A size of request bodies: bytes, or with K, M or G behind it (1024, 1024², 1024³); <c>unlimited</c> is none.</summary>
internal static class BodySize
{
    public const string Form = "a number of bytes, with K, M or G behind it, or unlimited";

    /// <summary>YARP's word for no limit.</summary>
    private const long Unlimited = -1;

    public static bool TryParse(string text, out long bytes)
    {
        bytes = Unlimited;
        if (text.Equals("unlimited", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            _ => 0,
        };
        var digits = shift == 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return true;
    }
}
