using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Gateway.ProxyProtocol;

/// <summary>Version 1, a line of text (section 2.1): <c>PROXY TCP4 192.0.2.1 192.0.2.2 56324 443</c>.</summary>
internal static class ProxyHeaderV1
{
    /// <summary>The longest line with its CR LF.</summary>
    public const int MaxLength = 107;

    private const int MaxAddressLength = 39;
    private const int MaxPortLength = 5;

    private static readonly SearchValues<byte> AddressBytes = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    private static ReadOnlySpan<byte> Signature => "PROXY "u8;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    public static OperationStatus Read(ReadOnlySpan<byte> input, out ProxyHeader header)
    {
        header = default;
        if (!ProxyHeaderReader.StartsLike(input, Signature))
        {
            return OperationStatus.InvalidData;
        }

        var end = input[..Math.Min(input.Length, MaxLength)].IndexOf(LineEnd);
        if (end < 0)
        {
            return input.Length < MaxLength ? OperationStatus.NeedMoreData : OperationStatus.InvalidData;
        }

        return TryReadLine(input[Signature.Length..end], end + LineEnd.Length, out header) ? OperationStatus.Done : OperationStatus.InvalidData;
    }

    private static bool TryReadLine(ReadOnlySpan<byte> line, int length, out ProxyHeader header)
    {
        header = new ProxyHeader(length, Source: null, Destination: null);
        var protocol = Take(ref line);

        // Whatever stands behind UNKNOWN is to be ignored.
        if (protocol.SequenceEqual("UNKNOWN"u8))
        {
            return true;
        }

        var family = protocol.SequenceEqual("TCP4"u8) ? AddressFamily.InterNetwork
            : protocol.SequenceEqual("TCP6"u8) ? AddressFamily.InterNetworkV6
            : AddressFamily.Unspecified;
        if (family == AddressFamily.Unspecified
            || !TryReadAddress(Take(ref line), family, out var source)
            || !TryReadAddress(Take(ref line), family, out var destination)
            || !TryReadPort(Take(ref line), out var sourcePort)
            || !TryReadPort(line, out var destinationPort))
        {
            return false;
        }

        header = new ProxyHeader(length, new IPEndPoint(source, sourcePort), new IPEndPoint(destination, destinationPort));
        return true;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)' ');
        var part = end < 0 ? line : line[..end];
        line = end < 0 ? default : line[(end + 1)..];
        return part;
    }

    private static bool TryReadAddress(ReadOnlySpan<byte> text, AddressFamily family, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.IsEmpty || text.Length > MaxAddressLength || text.ContainsAnyExcept(AddressBytes) || !IPAddress.TryParse(Encoding.ASCII.GetString(text), out var parsed) || parsed.AddressFamily != family)
        {
            return false;
        }

        address = parsed;

        // Four decimal numbers without leading zeros: 10.1 and 010.0.0.1 are read as other addresses than they look like.
        Span<byte> spelled = stackalloc byte[MaxAddressLength];
        return family == AddressFamily.InterNetworkV6 || (parsed.TryFormat(spelled, out var written) && spelled[..written].SequenceEqual(text));
    }

    private static bool TryReadPort(ReadOnlySpan<byte> text, out ushort port)
        => Utf8Parser.TryParse(text, out port, out var consumed)
            && consumed == text.Length
            && text.Length <= MaxPortLength
            && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (text.Length == 1 || text[0] != (byte)'0');
}
