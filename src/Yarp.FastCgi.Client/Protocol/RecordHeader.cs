using System.Buffers.Binary;

namespace Yarp.FastCgi.Client.Protocol;

/// <summary>The eight bytes in front of every record (FastCGI 1.0, section 3.3).</summary>
internal readonly record struct RecordHeader(RecordType Type, ushort RequestId, ushort ContentLength, byte PaddingLength)
{
    /// <summary>The header of a record to send, padded to a multiple of eight bytes as section 3.3 recommends.</summary>
    public static RecordHeader Padded(RecordType type, ushort requestId, int contentLength)
    {
        // A length cut to 16 bits would let the peer read content as records.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(contentLength, ProtocolLimits.MaxPaddedContentLength);
        return new RecordHeader(type, requestId, (ushort)contentLength, (byte)(-contentLength & 7));
    }

    /// <summary>Reads a header of any version and type; the reserved byte is ignored.</summary>
    public static RecordHeader Read(ReadOnlySpan<byte> source, out byte version)
    {
        source = source[..ProtocolLimits.HeaderSize];
        version = source[0];
        return new RecordHeader(
            (RecordType)source[1],
            BinaryPrimitives.ReadUInt16BigEndian(source[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(source[4..]),
            source[6]);
    }

    /// <summary>Writes all eight bytes, the reserved one too: the destination is a pooled buffer with old content.</summary>
    public void Write(Span<byte> destination)
    {
        destination = destination[..ProtocolLimits.HeaderSize];
        destination[0] = ProtocolLimits.Version;
        destination[1] = (byte)Type;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], RequestId);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], ContentLength);
        destination[6] = PaddingLength;
        destination[7] = 0;
    }
}
