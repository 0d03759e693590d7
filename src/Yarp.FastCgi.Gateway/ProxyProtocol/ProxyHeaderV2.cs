using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Numerics;

namespace Yarp.FastCgi.Gateway.ProxyProtocol;

/// <summary>Version 2, binary (section 2.2): twelve bytes of signature, four of which tell what follows, addresses, and values with type and length.</summary>
internal static class ProxyHeaderV2
{
    /// <summary>The longest header: the length of what follows the first 16 bytes has 16 bits.</summary>
    public const int MaxLength = FixedLength + ushort.MaxValue;

    private const int FixedLength = 16;
    private const int Version = 2;
    private const int PortsLength = 4;
    private const int UnixLength = 2 * 108;
    private const int TlvHeadLength = 3;
    private const int ChecksumLength = 4;

    // PP2_TYPE_CRC32C (section 2.2.4).
    private const byte ChecksumType = 0x03;

    /// <summary>The four bits of the command.</summary>
    private enum Command
    {
        Local = 0,
        Proxy = 1,
    }

    /// <summary>The four bits of the address family.</summary>
    private enum Family
    {
        Unspecified = 0,
        Inet = 1,
        Inet6 = 2,
        Unix = 3,
    }

    public static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static OperationStatus Read(ReadOnlySpan<byte> input, out ProxyHeader header)
    {
        header = default;
        if (!ProxyHeaderReader.StartsLike(input, Signature))
        {
            return OperationStatus.InvalidData;
        }

        if (input.Length < FixedLength)
        {
            return OperationStatus.NeedMoreData;
        }

        var command = (Command)(input[12] & 0xF);
        var family = (Family)(input[13] >> 4);

        // Stream and datagram are the protocols that there are: a proxy may have had the client over QUIC.
        if (input[12] >> 4 != Version || command > Command.Proxy || family > Family.Unix || (input[13] & 0xF) > 2)
        {
            return OperationStatus.InvalidData;
        }

        var length = FixedLength + BinaryPrimitives.ReadUInt16BigEndian(input[14..]);
        if (input.Length < length)
        {
            return OperationStatus.NeedMoreData;
        }

        return TryReadBody(input[..length], command, family, out header) ? OperationStatus.Done : OperationStatus.InvalidData;
    }

    private static bool TryReadBody(ReadOnlySpan<byte> input, Command command, Family family, out ProxyHeader header)
    {
        header = new ProxyHeader(input.Length, Source: null, Destination: null);
        var body = input[FixedLength..];
        var addressLength = family switch
        {
            Family.Inet => 4,
            Family.Inet6 => 16,
            _ => 0,
        };
        var addressesLength = family == Family.Unix ? UnixLength : addressLength > 0 ? (2 * addressLength) + PortsLength : 0;

        // LOCAL is the proxy's own connection: its block is to be discarded. Without a family nobody knows where addresses end and values begin.
        if (command == Command.Local || family == Family.Unspecified)
        {
            return true;
        }

        if (body.Length < addressesLength || !AreValuesRight(input, FixedLength + addressesLength))
        {
            return false;
        }

        if (addressLength > 0)
        {
            var ports = body[(2 * addressLength)..];
            header = new ProxyHeader(
                input.Length,
                new IPEndPoint(new IPAddress(body[..addressLength]), BinaryPrimitives.ReadUInt16BigEndian(ports)),
                new IPEndPoint(new IPAddress(body.Slice(addressLength, addressLength)), BinaryPrimitives.ReadUInt16BigEndian(ports[2..])));
        }

        return true;
    }

    /// <summary>Skips the values. Lengths must fit, and a checksum must be right when there is one.</summary>
    private static bool AreValuesRight(ReadOnlySpan<byte> input, int offset)
    {
        var checksum = -1;
        while (offset < input.Length)
        {
            if (input.Length - offset < TlvHeadLength)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(input[(offset + 1)..]);
            var value = offset + TlvHeadLength;
            if (input.Length - value < length)
            {
                return false;
            }

            if (input[offset] == ChecksumType)
            {
                if (length != ChecksumLength || checksum >= 0)
                {
                    return false;
                }

                checksum = value;
            }

            offset = value + length;
        }

        return checksum < 0 || BinaryPrimitives.ReadUInt32BigEndian(input[checksum..]) == Checksum(input, checksum);
    }

    // CRC-32C of the whole header (RFC 4960 appendix B), the checksum itself taken as zero.
    private static uint Checksum(ReadOnlySpan<byte> input, int checksum)
    {
        var crc = Add(uint.MaxValue, input[..checksum]);
        crc = BitOperations.Crc32C(crc, 0u);
        return ~Add(crc, input[(checksum + ChecksumLength)..]);
    }

    private static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
