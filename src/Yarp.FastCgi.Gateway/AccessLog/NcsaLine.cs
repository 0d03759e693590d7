using System.Buffers;
using System.Globalization;
using System.Text;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>
/// A line in the Common or Combined format: <c>client - user [time] "request line" status bytes "referer" "user agent"</c>. What could end a field, a line, or be
/// obeyed by a terminal is written as <c>\xHH</c>, as nginx does.
/// </summary>
internal static class NcsaLine
{
    // Header fields may have tens of kilobytes.
    private const int MaxFieldLength = 2048;

    public static void Write(IBufferWriter<byte> output, AccessLogEntry entry, bool isCombined, Predicate<string> isSecret)
    {
        var line = new StringBuilder(256);
        line.Append(entry.Client?.ToString() ?? "-").Append(" - ");
        AppendField(line, entry.User ?? "-", isQuoted: false);
        line.Append(CultureInfo.InvariantCulture, $" [{entry.Time:dd/MMM/yyyy:HH:mm:ss} +0000] \"");
        AppendField(line, entry.Method);
        line.Append(' ');
        AppendField(line, QueryText.Redact(entry.Target, isSecret));
        line.Append(' ').Append(entry.Protocol).Append(CultureInfo.InvariantCulture, $"\" {entry.StatusCode} {entry.ResponseBytes}");
        if (isCombined)
        {
            line.Append(" \"");
            AppendField(line, entry.Referer is { } referer ? QueryText.Redact(referer, isSecret) : "-");
            line.Append("\" \"");
            AppendField(line, entry.UserAgent ?? "-");
            line.Append('"');
        }

        line.Append('\n');
        foreach (var chunk in line.GetChunks())
        {
            Encoding.ASCII.GetBytes(chunk.Span, output);
        }
    }

    private static void AppendField(StringBuilder line, string text, bool isQuoted = true)
    {
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, MaxFieldLength)))
        {
            if (character is > ' ' and < '\u007F' and not '"' and not '\\' || (character == ' ' && isQuoted))
            {
                line.Append(character);
            }
            else if (character <= '\u00FF')
            {
                line.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:X2}");
            }
            else
            {
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
        }
    }
}
