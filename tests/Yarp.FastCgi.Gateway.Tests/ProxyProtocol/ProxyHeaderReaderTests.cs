using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Yarp.FastCgi.Gateway.ProxyProtocol;

namespace Yarp.FastCgi.Gateway.Tests.ProxyProtocol;

/// <summary>The PROXY protocol, versions 1 and 2, of HAProxy (2020/03/05).</summary>
public class ProxyHeaderReaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";
    private const string Inet = "C0000201C0000202DC0401BB";

    public static TheoryData<string, int, string?, string?> Headers { get; } = new()
    {
        { Text("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), 56, "255.255.255.255:65535", "255.255.255.255:65535" },
        { Text("PROXY TCP4 192.0.2.1 192.0.2.2 56324 0\r\nGET / HTTP/1.1\r\n"), 40, "192.0.2.1:56324", "192.0.2.2:0" },
        { Text("PROXY TCP6 2001:DB8::1 ::1 1 443\r\n"), 34, "[2001:db8::1]:1", "[::1]:443" },
        { Text("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"), 104, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
        { Text("PROXY UNKNOWN\r\n"), 15, null, null },
        { Text("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"), 107, null, null },
        { Signature + "2111000C" + Inet + "474554", 28, "192.0.2.1:56324", "192.0.2.2:443" },
        { Signature + "2112000C" + Inet, 28, "192.0.2.1:56324", "192.0.2.2:443" },
        { Signature + "21210024" + "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "000101BB", 52, "[2001:db8::1]:1", "[2001:db8::2]:443" },
        { Signature + "213100D8" + new string('0', 2 * 216), 232, null, null },
        { Signature + "20000000", 16, null, null },
        { Signature + "2011000C" + Inet, 28, null, null },
        { Signature + "20110001FF", 17, null, null },
        { Signature + "21000003FFFFFF", 19, null, null },
        { Signature + "21110014" + Inet + "0400050000000000", 36, "192.0.2.1:56324", "192.0.2.2:443" },
    };

    public static TheoryData<string> Wrong { get; } =
    [
        Text("GET / HTTP/1.1\r\n"),
        Text("PROXYTCP4"),
        Text("proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n"),
        Text("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 02\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 -2\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 +2\r\n"),
        Text("PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP4 010.0.2.1 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP4 0000000 0000000 0 0\r\n"),
        Text("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP4 0xC0000201 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP4 ::1 ::2 1 2\r\n"),
        Text("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n"),
        Text("PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n"),
        Text("PROXY TCP6 [::1] ::2 1 2\r\n"),
        Text("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n\r\n"),
        Text("PROXY UNKNOWN " + new string('x', 93)),
        Signature[..^2] + "0B",
        Signature + "11110000",
        Signature + "22110000",
        Signature + "2141000C" + Inet,
        Signature + "2113000C" + Inet,
        Signature + "2111000B" + Inet,
        Signature + "2121000C" + Inet,
        Signature + "2111000E" + Inet + "0400",
        Signature + "2111000F" + Inet + "040001",
        Signature + "21110012" + Inet + "030003000000",
    ];

    [Theory]
    [MemberData(nameof(Headers))]
    public void Read_Header_TellsTheAddresses(string hex, int length, string? source, string? destination)
    {
        var input = Convert.FromHexString(hex);

        Assert.Equal(OperationStatus.Done, ProxyHeaderReader.Read(input, out var header));
        Assert.Equal(length, header.Length);
        Assert.Equal(Parse(source), header.Source);
        Assert.Equal(Parse(destination), header.Destination);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public void Read_BeginningOfAHeader_NeedsMore(string hex, int length, string? source, string? destination)
    {
        var input = Convert.FromHexString(hex).AsSpan(0, length);

        for (var i = 0; i < length; i++)
        {
            Assert.Equal(OperationStatus.NeedMoreData, ProxyHeaderReader.Read(input[..i], out var header));
            Assert.Null(header.Source);
        }

        Assert.Equal(source is null, destination is null);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Read_AnythingElse_IsNoHeader(string hex)
        => Assert.Equal(OperationStatus.InvalidData, ProxyHeaderReader.Read(Convert.FromHexString(hex), out _));

    [Fact]
    public void Read_Checksum_MustBeRight()
    {
        // CRC-32C over the header with zeros in its place, as HAProxy's send-proxy-v2 with crc32c sends it.
        var input = Convert.FromHexString(Signature + "21110013" + Inet + "03000400000000");
        Write(input, Crc32C(input));
        Assert.Equal(OperationStatus.Done, ProxyHeaderReader.Read(input, out var header));
        Assert.Equal(IPEndPoint.Parse("192.0.2.1:56324"), header.Source);

        // All but the mark of the value, without which it is another value.
        const int Mark = 28;
        foreach (var i in Enumerable.Range(16, input.Length - 16).Where(i => i != Mark))
        {
            input[i] ^= 1;
            Assert.NotEqual(OperationStatus.Done, ProxyHeaderReader.Read(input, out _));
            input[i] ^= 1;
        }

        static void Write(byte[] input, uint checksum) => Convert.FromHexString(checksum.ToString("X8", CultureInfo.InvariantCulture)).CopyTo(input.AsSpan(^4..));
    }

    [Fact]
    public void Crc32C_OfTheUsualText_IsTheKnownOne() => Assert.Equal(0xE3069283u, Crc32C("123456789"u8));

    [Fact]
    public void Read_TwoChecksums_IsNoHeader()
    {
        var input = Convert.FromHexString(Signature + "2111001A" + Inet + "03000400000000" + "03000400000000");

        Assert.Equal(OperationStatus.InvalidData, ProxyHeaderReader.Read(input, out _));
    }

    // Bit by bit, as RFC 3720 appendix B.4 tells it.
    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var i = 0; i < 8; i++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }

    private static IPEndPoint? Parse(string? text) => text is null ? null : IPEndPoint.Parse(text);

    private static string Text(string text) => Convert.ToHexString(Encoding.Latin1.GetBytes(text));
}
