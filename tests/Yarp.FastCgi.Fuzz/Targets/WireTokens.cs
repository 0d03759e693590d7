using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>Pieces of the protocols for mutations to put in.</summary>
internal static class WireTokens
{
    private static readonly string[] HeadLines =
    [
        "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", ":", ": ", " ", "\t", "\0", "\x7F", "\x0B", "\x80", "\xFF",
        "Status: 200 OK\r\n", "Status: 103\r\n", "Status: 204\n", "Status: 999", "status:404 \t x\n", "HTTP/1.1 200 OK\r\n",
        "Content-Length: 5\r\n", "Content-Length: 05\n", "Content-Length: 9223372036854775807\r\n", "Content-Length: 0\r\n", "content-length:\n",
        "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\n", "Location: /x\r\n", "Location: http://x/\n", "Set-Cookie: a=b\r\n", "X-A: b\r\n", " folded\r\n",
    ];

    private static readonly string[] ChunkPieces =
    [
        "\r\n", "\r", "\n", "0\r\n\r\n", "0\r\n", "5\r\nhello\r\n", "a\r\n0123456789\r\n", ";x=y", ";x=\"\r\"", " ", "\t", "0", "00000000", "ffff\r\n", "X-Trailer: 1\r\n", "\0",
    ];

    private static readonly byte[][] WholeRecords =
    [
        Wire.Stdout("\r\n"), Wire.Stdout("hello", padding: 3), Wire.Stdout(""), Wire.Stdout("Status: 200 OK\r\n\r\nhello"), Wire.Stdout("Status: 103\r\n\r\n"),
        Wire.Stdout("Location: /x\n\n"), Wire.Stderr("warning"), Wire.Stderr(""), Wire.EndRequest(), Wire.EndRequest(appStatus: 256, padding: 8),
        Wire.EndRequest(protocolStatus: 1), Wire.EndRequest(protocolStatus: 2), Wire.EndRequest(protocolStatus: 3), Wire.EndRequest(protocolStatus: 9),
        Wire.EndRequest(requestId: 2), Wire.Record(WireRecordType.EndRequest, "short"), Wire.Record(WireRecordType.UnknownType, "12345678", requestId: 0),
        Wire.Record(WireRecordType.Stdout, "x", requestId: 0), Wire.Record(WireRecordType.Stdout, "x", requestId: 2), Wire.Record((WireRecordType)99, "x", padding: 255),
        Wire.Record(WireRecordType.Stdout, "x", version: 2), Wire.Record(WireRecordType.GetValuesResult, "\x01\x01Ab", requestId: 0), Wire.Record(WireRecordType.Stdin, "x"),
        Wire.Record(WireRecordType.Stdout, "late", requestId: ushort.MaxValue), Wire.Record(WireRecordType.Stderr, "late", requestId: ushort.MaxValue), Wire.EndRequest(requestId: ushort.MaxValue),
    ];

    public static IReadOnlyList<byte[]> Head { get; } = FromText(HeadLines);

    public static IReadOnlyList<byte[]> Chunks { get; } = FromText(ChunkPieces);

    public static IReadOnlyList<byte[]> Records { get; } = [.. WholeRecords, [1, 6, 0, 1], [1, 6, 0, 1, 0xFF, 0xFF, 0xFF, 0], [1, 3, 0, 1, 0, 8, 0, 0], [1, 6, 0, 1, 0, 0, 0, 0]];

    public static IReadOnlyList<byte[]> Response { get; } = [.. Records, .. Head, .. Chunks];

    /// <summary>Each text as Latin-1.</summary>
    public static IReadOnlyList<byte[]> FromText(params string[] texts) => [.. texts.Select(Encoding.Latin1.GetBytes)];

    /// <summary>Each text as UTF-8.</summary>
    public static IReadOnlyList<byte[]> FromUtf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
