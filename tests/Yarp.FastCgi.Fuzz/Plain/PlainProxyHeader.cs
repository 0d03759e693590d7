using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>A header of the PROXY protocol (2020/03/05), read slowly: version 1 by a regular expression, version 2 field by field.</summary>
internal static class PlainProxyHeader
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string Start = "PROXY ";
    private const int MaxLine = 107;
    private const string Invalid = nameof(OperationStatus.InvalidData);
    private const string NeedsMore = nameof(OperationStatus.NeedMoreData);

    /// <summary>The length and the two addresses, or the status of what is no header.</summary>
    public static string Read(ReadOnlySpan<byte> input)
    {
        var text = Encoding.Latin1.GetString(input);
        return text.Length == 0 ? NeedsMore
            : Begins(text, Signature) ? ReadBinary(input.ToArray())
            : Begins(text, Start) ? ReadLine(text)
            : Invalid;
    }

    private static bool Begins(string text, string signature)
        => string.CompareOrdinal(text, 0, signature, 0, Math.Min(text.Length, signature.Length)) == 0;

    private static string ReadLine(string text)
    {
        var end = text.IndexOf("\r\n", StringComparison.Ordinal);
        if (end < 0 || end + 2 > MaxLine)
        {
            return text.Length < MaxLine ? NeedsMore : Invalid;
        }

        var line = text[..end];
        if (line == "PROXY UNKNOWN" || line.StartsWith("PROXY UNKNOWN ", StringComparison.Ordinal))
        {
            return $"{end + 2} none none";
        }

        const string Port = "(0|[1-9][0-9]{0,4})";
        var match = Regex.Match(line, $@"\APROXY TCP(4|6) ([0-9a-fA-F:.]{{1,39}}) ([0-9a-fA-F:.]{{1,39}}) {Port} {Port}\z", RegexOptions.CultureInvariant);
        return match.Success
            && ReadEndPoint(match.Groups[1].Value, match.Groups[2].Value, match.Groups[4].Value) is { } source
            && ReadEndPoint(match.Groups[1].Value, match.Groups[3].Value, match.Groups[5].Value) is { } destination
                ? $"{end + 2} {source} {destination}"
                : Invalid;
    }

    private static IPEndPoint? ReadEndPoint(string version, string address, string port)
    {
        const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
        var right = version == "4" ? Regex.IsMatch(address, $@"\A{Byte}(\.{Byte}){{3}}\z", RegexOptions.CultureInvariant) : address.Contains(':', StringComparison.Ordinal);
        return right && IPAddress.TryParse(address, out var parsed) && int.Parse(port, CultureInfo.InvariantCulture) is <= ushort.MaxValue and var number
            ? new IPEndPoint(parsed, number)
            : null;
    }

    private static string ReadBinary(byte[] input)
    {
        if (input.Length < 16)
        {
            return NeedsMore;
        }

        // PROXY or LOCAL of version 2; no, IPv4, IPv6 or unix addresses; no, stream or datagram protocol.
        if (input[12] is not (0x20 or 0x21) || input[13] / 16 > 3 || input[13] % 16 > 2)
        {
            return Invalid;
        }

        var length = 16 + Number(input, 14);
        if (input.Length < length)
        {
            return NeedsMore;
        }

        var size = (input[13] / 16) switch { 1 => 4, 2 => 16, 3 => 106, _ => 0 };
        if (input[12] == 0x20 || size == 0)
        {
            return $"{length} none none";
        }

        var values = 16 + (2 * size) + 4;
        if (length < values || !AreRight(input[..length], values))
        {
            return Invalid;
        }

        return size == 106
            ? $"{length} none none"
            : $"{length} {EndPoint(input, 16, size, 16 + (2 * size))} {EndPoint(input, 16 + size, size, 18 + (2 * size))}";
    }

    private static bool AreRight(byte[] header, int offset)
    {
        var checksums = new List<int>();
        while (offset != header.Length)
        {
            if (offset + 3 > header.Length || offset + 3 + Number(header, offset + 1) > header.Length || (header[offset] == 3 && Number(header, offset + 1) != 4))
            {
                return false;
            }

            if (header[offset] == 3)
            {
                checksums.Add(offset + 3);
            }

            offset += 3 + Number(header, offset + 1);
        }

        if (checksums.Count != 1)
        {
            return checksums.Count == 0;
        }

        var told = ((uint)Number(header, checksums[0]) << 16) | (uint)Number(header, checksums[0] + 2);
        Array.Clear(header, checksums[0], 4);
        return told == Crc32C(header);
    }

    // RFC 3720 appendix B.4, bit by bit.
    private static uint Crc32C(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var i = 0; i < 8; i++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        return ~crc;
    }

    private static int Number(byte[] bytes, int offset) => (bytes[offset] * 256) + bytes[offset + 1];

    private static IPEndPoint EndPoint(byte[] bytes, int address, int size, int port) => new(new IPAddress(bytes[address..(address + size)]), Number(bytes, port));
}
