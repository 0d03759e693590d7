namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>Name-value pairs (FastCGI 1.0, section 3.4), read with numbers that cannot overflow.</summary>
internal static class PlainParams
{
    /// <summary>The pairs in a content, up to the first that does not fit into it.</summary>
    public static (List<PlainParam> Pairs, bool IsMalformed) Read(ReadOnlySpan<byte> content)
    {
        var pairs = new List<PlainParam>();
        long position = 0;
        while (position < content.Length)
        {
            if (ReadLength(content, position) is not var (nameLength, nameStart)
                || ReadLength(content, nameStart) is not var (valueLength, valueStart)
                || valueStart + nameLength + valueLength > content.Length)
            {
                return (pairs, true);
            }

            pairs.Add(Slice(content, valueStart, nameLength, valueLength));
            position = valueStart + nameLength + valueLength;
        }

        return (pairs, false);
    }

    /// <summary>Pairs out of any bytes: a length that points behind the end is cut to what there is.</summary>
    public static List<PlainParam> Suggest(ReadOnlySpan<byte> content)
    {
        var pairs = new List<PlainParam>();
        long position = 0;
        while (ReadLength(content, position) is var (nameLength, nameStart) && ReadLength(content, nameStart) is var (valueLength, valueStart))
        {
            nameLength = Math.Min(nameLength, content.Length - valueStart);
            valueLength = Math.Min(valueLength, content.Length - valueStart - nameLength);
            pairs.Add(Slice(content, valueStart, nameLength, valueLength));
            position = valueStart + nameLength + valueLength;
        }

        return pairs;
    }

    private static (long Length, long End)? ReadLength(ReadOnlySpan<byte> content, long position)
    {
        if (position >= content.Length)
        {
            return null;
        }

        long first = content[(int)position];
        if (first < 128)
        {
            return (first, position + 1);
        }

        return position + 4 > content.Length
            ? null
            : (((first - 128) << 24) + ((long)content[(int)position + 1] << 16) + ((long)content[(int)position + 2] << 8) + content[(int)position + 3], position + 4);
    }

    private static PlainParam Slice(ReadOnlySpan<byte> content, long start, long nameLength, long valueLength)
        => new(content.Slice((int)start, (int)nameLength).ToArray(), content.Slice((int)(start + nameLength), (int)valueLength).ToArray());
}
