using System.Buffers.Binary;

namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// The length in front of a name or a value: one byte up to 127, otherwise four bytes with the top bit set (FastCGI 1.0, section 3.4).
/// </summary>
internal static class NameValueLength
{
    private const int MaxShort = 127;
    private const uint LongMark = 0x8000_0000;

    public static int SizeOf(int length) => length <= MaxShort ? sizeof(byte) : sizeof(uint);

    /// <summary>Writes the length and returns the number of bytes that it took.</summary>
    public static int Write(Span<byte> destination, int length)
    {
        if (length <= MaxShort)
        {
            destination[0] = (byte)length;
            return sizeof(byte);
        }

        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)length | LongMark);
        return sizeof(uint);
    }

    /// <summary>Reads a length and moves the source behind it; false when the source ends before.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> source, out int length)
    {
        if (!source.IsEmpty && source[0] <= MaxShort)
        {
            length = source[0];
            source = source[sizeof(byte)..];
            return true;
        }

        if (BinaryPrimitives.TryReadUInt32BigEndian(source, out var marked))
        {
            length = (int)(marked & ~LongMark);
            source = source[sizeof(uint)..];
            return true;
        }

        length = 0;
        return false;
    }
}
