using System.Buffers.Binary;

namespace Yarp.FastCgi.Testing;

/// <summary>One record byte for byte, written and parsed plainly from FastCGI 1.0 section 3.3, to check the product's code against.</summary>
public sealed record RawRecord(byte Type, ushort RequestId, byte[] Content, byte[] Padding, byte Version = 1, byte Reserved = 0)
{
    public byte[] ToBytes()
    {
        var bytes = new byte[8 + Content.Length + Padding.Length];
        bytes[0] = Version;
        bytes[1] = Type;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), RequestId);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(4), checked((ushort)Content.Length));
        bytes[6] = checked((byte)Padding.Length);
        bytes[7] = Reserved;
        Content.CopyTo(bytes, 8);
        Padding.CopyTo(bytes, 8 + Content.Length);
        return bytes;
    }

    public static byte[] Join(params RawRecord[] records) => [.. records.SelectMany(record => record.ToBytes())];

    /// <summary>Parses whole records; a rest is an exception.</summary>
    public static List<RawRecord> ParseAll(ReadOnlySpan<byte> bytes)
    {
        var records = new List<RawRecord>();
        while (!bytes.IsEmpty)
        {
            int contentLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
            int paddingLength = bytes[6];
            records.Add(new RawRecord(
                bytes[1],
                BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
                bytes.Slice(8, contentLength).ToArray(),
                bytes.Slice(8 + contentLength, paddingLength).ToArray(),
                bytes[0],
                bytes[7]));
            bytes = bytes[(8 + contentLength + paddingLength)..];
        }

        return records;
    }
}
