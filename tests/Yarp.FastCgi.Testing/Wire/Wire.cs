using System.Buffers.Binary;
using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>Builds records byte by byte, valid or not, to be sent whole, joined or cut anywhere.</summary>
public static class Wire
{
    internal const int HeaderSize = 8;
    internal const int MaxContentLength = 65535;

    public static byte[] Record(WireRecordType type, ReadOnlySpan<byte> content, byte padding = 0, ushort requestId = 1, byte version = 1)
    {
        var record = new byte[HeaderSize + content.Length + padding];
        record[0] = version;
        record[1] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(2), requestId);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(4), checked((ushort)content.Length));
        record[6] = padding;
        content.CopyTo(record.AsSpan(HeaderSize));

        // Not zero on purpose: the reader has to skip the padding, whatever it contains.
        record.AsSpan(HeaderSize + content.Length).Fill(0xA5);
        return record;
    }

    public static byte[] Record(WireRecordType type, string content, byte padding = 0, ushort requestId = 1, byte version = 1) =>
        Record(type, Encoding.UTF8.GetBytes(content), padding, requestId, version);

    public static byte[] Stdout(string content, byte padding = 0) => Record(WireRecordType.Stdout, content, padding);

    public static byte[] Stderr(string content, byte padding = 0) => Record(WireRecordType.Stderr, content, padding);

    public static byte[] EndRequest(uint appStatus = 0, byte protocolStatus = 0, byte padding = 0, ushort requestId = 1)
    {
        Span<byte> body = stackalloc byte[8];
        body.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(body, appStatus);
        body[4] = protocolStatus;
        return Record(WireRecordType.EndRequest, body, padding, requestId);
    }

    public static byte[] BeginRequest(ushort role = 1, byte flags = 0, ushort requestId = 1) =>
        Record(WireRecordType.BeginRequest, [(byte)(role >> 8), (byte)role, flags, 0, 0, 0, 0, 0], requestId: requestId);

    /// <summary>One PARAMS record with the given pairs; without pairs the one that ends the stream.</summary>
    public static byte[] Params(params (string Name, string Value)[] pairs) => Record(WireRecordType.Params, Pairs(pairs));

    /// <summary>The answer to GET_VALUES.</summary>
    public static byte[] GetValuesResult(params (string Name, string Value)[] pairs) => Record(WireRecordType.GetValuesResult, Pairs(pairs), requestId: 0);

    /// <summary>The name-value pairs of a whole record.</summary>
    public static IReadOnlyList<(string Name, string Value)> ReadPairs(ReadOnlySpan<byte> content) =>
        [.. ReceivedParam.ParseRecord(content.ToArray()).Select(pair => (pair.Name, pair.Text))];

    /// <summary>The same records with another request id; the last one may be incomplete.</summary>
    public static byte[] WithRequestId(ushort requestId, ReadOnlySpan<byte> records)
    {
        var copy = records.ToArray();
        for (var start = 0; start + HeaderSize <= copy.Length;)
        {
            var header = copy.AsSpan(start, HeaderSize);
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], requestId);
            start += HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header[4..]) + header[6];
        }

        return copy;
    }

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    private static byte[] Pairs((string Name, string Value)[] pairs)
    {
        var content = new MemoryStream();
        foreach (var (name, value) in pairs)
        {
            var nameBytes = Encoding.UTF8.GetBytes(name);
            var valueBytes = Encoding.UTF8.GetBytes(value);
            WriteLength(content, nameBytes.Length);
            WriteLength(content, valueBytes.Length);
            content.Write(nameBytes);
            content.Write(valueBytes);
        }

        return content.ToArray();
    }

    private static void WriteLength(MemoryStream content, int length)
    {
        if (length <= 127)
        {
            content.WriteByte((byte)length);
            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)length | 0x8000_0000);
        content.Write(bytes);
    }
}
