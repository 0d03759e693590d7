using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;
using Yarp.FastCgi.Gateway.ProxyProtocol;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>What a load balancer sends first, read by <see cref="ProxyHeaderReader"/>.</summary>
internal sealed class ProxyHeaderTarget : FuzzTarget
{
    public override string Name => "proxy";

    public override int MaxLength => 1024;

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. WireTokens.FromText(
            "PROXY ", "TCP4", "TCP6", "UNKNOWN", " ", "\r\n", "\r", "\n", "192.0.2.1", "0", "65535", "65536", "00", "::", "2001:db8::1", "::ffff:1.2.3.4", "%1", ".", ":",
            "\r\n\r\n\0\r\nQUIT\n", "\x20", "\x21", "\x11", "\x12", "\x21", "\x22", "\x31", "\0\x0C", "\0\x24", "\0\xD8", "\x03\0\x04", "\x04\0\0", "\x20\0\x05"),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var status = ProxyHeaderReader.Read(input, out var header);
        Check.Same(PlainProxyHeader.Read(input), Describe(status, header), "A header is read as the specification says");
        if (status != OperationStatus.Done)
        {
            return;
        }

        // Nothing behind the header changes what it says, and nothing less is a header.
        Check.Same(Describe(status, header), Describe(ProxyHeaderReader.Read(input[..header.Length], out var exact), exact), "What stands behind a header is not read");
        for (var length = 0; length < header.Length; length++)
        {
            Check.That(ProxyHeaderReader.Read(input[..length], out _) == OperationStatus.NeedMoreData, "The beginning of a header is one that waits for more");
        }

        Check.That(header.Source is null == header.Destination is null, "Both addresses are there, or none");
        Check.That(header.Source?.AddressFamily == header.Destination?.AddressFamily, "Both addresses are of one family");
        Check.That(header.Source is null or { AddressFamily: AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 }, "Addresses are those of IP");
    }

    private static string Describe(OperationStatus status, ProxyHeader header)
        => status == OperationStatus.Done ? $"{header.Length} {Describe(header.Source)} {Describe(header.Destination)}" : status.ToString();

    private static string Describe(IPEndPoint? endpoint) => endpoint?.ToString() ?? "none";
}
