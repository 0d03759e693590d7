using System.Text;
using BenchmarkDotNet.Attributes;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>What an application sends: records, and the response head.</summary>
public class ResponseBenchmarks
{
    private static readonly byte[] Head = Encoding.ASCII.GetBytes(
        "Status: 200 OK\r\nX-Powered-By: PHP/8.2.28\r\nExpires: Thu, 19 Nov 1981 08:52:00 GMT\r\nCache-Control: no-store, no-cache, must-revalidate\r\n"
        + "Pragma: no-cache\r\nSet-Cookie: session=4f2a9c1d77e04b0b9c1f; path=/; HttpOnly\r\nContent-type: text/html; charset=UTF-8\r\n\r\n");

    private readonly byte[] _records = CreateRecords();

    [Benchmark]
    public int Records1MiB()
    {
        var reader = default(RecordReader);
        var left = _records.AsSpan();
        var length = 0;
        while (reader.Read(left, out var consumed, out var fragment) == RecordReadStatus.Fragment)
        {
            length += fragment.Content.Length;
            left = left[consumed..];
        }

        return length;
    }

    [Benchmark]
    public int HeadParsed()
    {
        var count = default(Count);
        ResponseHeadParser.Parse(Head.AsSpan(0, ResponseHeadParser.FindEnd(Head, 0)), ref count, out _);
        return count.Fields;
    }

    private static byte[] CreateRecords()
    {
        const int Content = 32 * 1024;
        var stream = new MemoryStream();
        Span<byte> header = stackalloc byte[ProtocolLimits.HeaderSize];
        var content = new byte[Content];
        for (var i = 0; i < 32; i++)
        {
            new RecordHeader(RecordType.Stdout, RequestId: 1, Content, PaddingLength: 0).Write(header);
            stream.Write(header);
            stream.Write(content);
        }

        return stream.ToArray();
    }

    private struct Count : IResponseHeaderHandler
    {
        public int Fields { get; private set; }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Fields++;
    }
}
