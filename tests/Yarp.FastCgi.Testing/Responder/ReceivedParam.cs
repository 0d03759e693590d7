using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>One name-value pair of a request, in the bytes that came.</summary>
public sealed record ReceivedParam(string Name, ReadOnlyMemory<byte> Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    public string Latin1 => Encoding.Latin1.GetString(Bytes.Span);

    public override string ToString() => $"{Name}={Text}";

    /// <summary>The pairs of one PARAMS record. Each record is parsed for itself, as php-fpm does: a pair must not straddle two.</summary>
    internal static List<ReceivedParam> ParseRecord(ReadOnlyMemory<byte> content)
    {
        var pairs = new List<ReceivedParam>();
        var position = 0;
        while (position < content.Length)
        {
            var nameLength = ReadLength(content.Span, ref position);
            var valueLength = ReadLength(content.Span, ref position);
            ProtocolViolationException.ThrowIf(
                (long)position + nameLength + valueLength > content.Length, "a pair straddles two PARAMS records");
            var name = Encoding.Latin1.GetString(content.Span.Slice(position, nameLength));
            pairs.Add(new ReceivedParam(name, content.Slice(position + nameLength, valueLength)));
            position += nameLength + valueLength;
        }

        return pairs;
    }

    private static int ReadLength(ReadOnlySpan<byte> content, ref int position)
    {
        ProtocolViolationException.ThrowIf(position >= content.Length, "a PARAMS record ends inside a pair's lengths");
        if (content[position] < 0x80)
        {
            return content[position++];
        }

        ProtocolViolationException.ThrowIf(position + 4 > content.Length, "a PARAMS record ends inside a pair's lengths");
        var length = ((content[position] & 0x7F) << 24) | (content[position + 1] << 16) | (content[position + 2] << 8) | content[position + 3];
        position += 4;
        return length;
    }
}
