namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>A body in the chunked coding (RFC 9112, section 7.1), read line by line from its start.</summary>
/// <param name="Content">What was in the chunks up to where reading ended.</param>
/// <param name="End">The index behind the last trailer; null when the body goes on, or is not in the coding.</param>
/// <param name="Invalid">The index of the byte that does not belong there; null when there is none.</param>
internal sealed record PlainChunks(byte[] Content, int? End, int? Invalid)
{
    private const int MaxLineLength = 8192;

    public static PlainChunks Decode(ReadOnlySpan<byte> input)
    {
        var content = new List<byte>();
        var position = 0;
        while (true)
        {
            var (size, wrong, next) = ReadSizeLine(input, position);
            if (wrong is not null || next is null)
            {
                return new PlainChunks([.. content], null, wrong);
            }

            position = next.Value;
            if (size == 0)
            {
                return ReadTrailers(input, position, content);
            }

            var taken = (int)Math.Min(size, input.Length - position);
            content.AddRange(input.Slice(position, taken));
            position += taken;
            if (taken < size)
            {
                return new PlainChunks([.. content], null, null);
            }

            for (var i = 0; i < 2; i++, position++)
            {
                if (position == input.Length)
                {
                    return new PlainChunks([.. content], null, null);
                }

                if (input[position] != "\r\n"u8[i])
                {
                    return new PlainChunks([.. content], null, position);
                }
            }
        }
    }

    // chunk-size [ BWS chunk-ext ] CRLF
    private static (long Size, int? Wrong, int? Next) ReadSizeLine(ReadOnlySpan<byte> input, int start)
    {
        var size = 0L;
        var isInDigits = true;
        var isInExtension = false;
        for (var position = start; position < input.Length; position++)
        {
            var value = input[position];
            var c = (char)value;
            if (position - start >= MaxLineLength)
            {
                return (0, position, null);
            }

            if (position > start && input[position - 1] == '\r')
            {
                return c == '\n' ? (size, null, position + 1) : (0, position, null);
            }

            if (isInDigits && char.IsAsciiHexDigit(c))
            {
                // 15 digits at most behind leading zeros, or 16 whose first is below 8.
                if (size >= 0x0800_0000_0000_0000)
                {
                    return (0, position, null);
                }

                size = (size * 16) + Convert.ToInt64(c.ToString(), 16);
                continue;
            }

            if (position == start)
            {
                return (0, position, null);
            }

            isInDigits = false;
            if (c == '\r')
            {
                continue;
            }

            if (isInExtension ? value < 0x20 && c != '\t' || value == 0x7F : c is not (';' or ' ' or '\t'))
            {
                return (0, position, null);
            }

            isInExtension |= c == ';';
        }

        return (0, null, null);
    }

    // trailer-section CRLF
    private static PlainChunks ReadTrailers(ReadOnlySpan<byte> input, int start, List<byte> content)
    {
        var lineStart = start;
        for (var position = start; position < input.Length; position++)
        {
            var value = input[position];
            if (position - start >= MaxLineLength)
            {
                return new PlainChunks([.. content], null, position);
            }

            if (position > lineStart && input[position - 1] == '\r')
            {
                if (value != '\n')
                {
                    return new PlainChunks([.. content], null, position);
                }

                if (position - lineStart == 1)
                {
                    return new PlainChunks([.. content], position + 1, null);
                }

                lineStart = position + 1;
            }
            else if ((value < 0x20 && value is not ((byte)'\t' or (byte)'\r')) || value == 0x7F)
            {
                return new PlainChunks([.. content], null, position);
            }
        }

        return new PlainChunks([.. content], null, null);
    }
}
