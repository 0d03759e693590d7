using System.Buffers;
using System.Net;
using System.Text;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Configuration;

namespace Yarp.FastCgi.Gateway.Tests.AccessLog;

public sealed class NcsaLineTests
{
    private static readonly AccessLogEntry Entry = new()
    {
        Time = new DateTimeOffset(2026, 11, 4, 1, 2, 3, TimeSpan.Zero),
        Client = IPAddress.Parse("192.0.2.1"),
        Method = "GET",
        Scheme = "http",
        Host = "shop.example",
        Target = "/index.php?page=1&token=x",
        Protocol = "HTTP/1.1",
        StatusCode = 200,
        ResponseBytes = 1234,
        Total = TimeSpan.FromMilliseconds(5),
        Forwarding = new ForwardRecord(),
        Termination = Termination.Complete,
        Phase = ForwardPhase.Body,
    };

    [Fact]
    public void Write_Common_IsTheLineOfTheNcsa()
        => Assert.Equal("192.0.2.1 - - [04/Nov/2026:01:02:03 +0000] \"GET /index.php?page=1&token=(redacted) HTTP/1.1\" 200 1234\n", Write(Entry, isCombined: false));

    [Fact]
    public void Write_Combined_HasRefererAndUserAgentToo()
        => Assert.EndsWith(
            " 200 1234 \"https://shop.example/?secret=(redacted)\" \"curl/8\"\n",
            Write(Entry with { Referer = "https://shop.example/?secret=y", UserAgent = "curl/8" }, isCombined: true),
            StringComparison.Ordinal);

    [Fact]
    public void Write_HostileFields_ForgeNoFieldAndNoLine()
    {
        var line = Write(Entry with { User = "a b\"", UserAgent = "x\" 500 \r\n1.2.3.4 - - \\ \u001B[2J \u00E9\u2028" }, isCombined: true);

        Assert.Equal(1, line.Count(character => character == '\n'));
        Assert.Contains(" - a\\x20b\\x22 [", line, StringComparison.Ordinal);
        Assert.EndsWith(" \"-\" \"x\\x22 500 \\x0D\\x0A1.2.3.4 - - \\x5C \\x1B[2J \\xE9\\u2028\"\n", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_EndlessField_IsCut() => Assert.InRange(Write(Entry with { UserAgent = new string('a', 100_000) }, isCombined: true).Length, 2048, 2400);

    private static string Write(AccessLogEntry entry, bool isCombined)
    {
        var output = new ArrayBufferWriter<byte>();
        NcsaLine.Write(output, entry, isCombined, SecretNames.Contains);
        return Encoding.ASCII.GetString(output.WrittenSpan);
    }
}
