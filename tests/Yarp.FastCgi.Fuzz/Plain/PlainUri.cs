using System.Globalization;
using System.Text;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>Percent-decoding as ASP.NET Core does it: once, by UTF-8; what is no UTF-8 stays encoded, and so does the slash.</summary>
internal static class PlainUri
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Decode(string text)
    {
        var decoded = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var (character, length) = ReadCharacter(text, i);
            decoded.Append(character);
            i += length;
        }

        return decoded.ToString();
    }

    private static (string Character, int Length) ReadCharacter(string text, int start)
    {
        var bytes = new List<byte>();
        for (var i = start; bytes.Count < 4 && ReadEscape(text, i) is { } value; i += 3)
        {
            bytes.Add(value);
            if (DecodeOne(bytes) is { } character)
            {
                return character == "/" ? (text[start].ToString(), 1) : (character, i + 3 - start);
            }
        }

        return (text[start].ToString(), 1);
    }

    private static byte? ReadEscape(string text, int start)
        => start + 2 < text.Length && text[start] == '%' && char.IsAsciiHexDigit(text[start + 1]) && char.IsAsciiHexDigit(text[start + 2])
            ? byte.Parse(text.AsSpan(start + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : null;

    private static string? DecodeOne(List<byte> bytes)
    {
        try
        {
            return Strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
