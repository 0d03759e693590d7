using System.Text;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Protocol;

/// <summary>The hot path allocates nothing once it is warm.</summary>
public class AllocationTests
{
    private const int Calls = 50;

    private static readonly byte[] Reply = RawRecord.Join(
        new RawRecord((byte)RecordType.Stdout, 1, [.. "Status: 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello"u8], new byte[3]),
        new RawRecord((byte)RecordType.Stderr, 1, [.. "warning"u8], new byte[1]),
        new RawRecord((byte)RecordType.EndRequest, 1, new byte[8], []));

    private static readonly byte[] Body = new byte[1000];

    [Fact]
    public void Write_WarmedUp_AllocatesNothing()
    {
        using var writer = new RequestWriter();

        AssertAllocatesNothing(() =>
        {
            writer.Reset();
            writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: true);
            for (var i = 0; i < 40; i++)
            {
                writer.TryAddParam("HTTP_ACCEPT_LANGUAGE"u8, "de-CH, de;q=0.9, en;q=0.8", Encoding.Latin1);
                writer.TryAddParam("HTTP_USER_AGENT"u8, "agent, with é", Encoding.UTF8);
                writer.TryAddParam("SCRIPT_NAME"u8, "/index.php"u8);
            }

            writer.EndParams();
            writer.AddStdin(Body);
            writer.EndStdin();
            Assert.False(writer.Written.IsEmpty);
        });
    }

    [Fact]
    public void WriteLateParams_WarmedUp_AllocatesNothing()
    {
        using var writer = new RequestWriter();
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: true);
        writer.TryAddParam("SCRIPT_NAME"u8, "/index.php"u8);
        writer.EndParams();
        writer.AddStdin(Body);
        writer.EndStdin();

        AssertAllocatesNothing(() =>
        {
            writer.RemoveLateParams();
            writer.TryAddLateParam("HTTP_TRACEPARENT"u8, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Encoding.UTF8);
        });
    }

    [Fact]
    public void Write_NewWriterPerRequest_AllocatesTheWriterOnly()
    {
        const int WriterSize = 64;

        var allocated = Measure(() =>
        {
            using var writer = new RequestWriter();
            writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
            writer.EndParams();
            writer.AddStdin(Body);
            writer.EndStdin();
        });

        Assert.InRange(allocated, 0, Calls * WriterSize);
    }

    [Fact]
    public void Read_WarmedUp_AllocatesNothing() =>
        AssertAllocatesNothing(() =>
        {
            var reader = new RecordReader();
            ReadOnlySpan<byte> input = Reply;
            while (reader.Read(input, out var consumed, out var fragment) == RecordReadStatus.Fragment)
            {
                input = input[consumed..];
                if (fragment.Header.Type == RecordType.Stdout)
                {
                    var handler = new CountingHandler();
                    var end = ResponseHeadParser.FindEnd(fragment.Content, 0);
                    ResponseHeadParser.Parse(fragment.Content[..end], ref handler, out var info);
                    Assert.True(handler.Count == 2 && info.StatusCode == 200);
                }
                else if (fragment.Header.Type == RecordType.EndRequest)
                {
                    Assert.True(EndRequestBody.TryRead(fragment.Content, out _));
                }
            }

            Assert.True(reader.IsAtBoundary && input.IsEmpty);
        });

    [Fact]
    public void ReadParams_WarmedUp_AllocatesNothing()
    {
        byte[] content = [1, 2, .. "Abc"u8, 3, 0, .. "Def"u8];

        AssertAllocatesNothing(() =>
        {
            var reader = new ParamsReader(content);
            while (reader.TryRead(out _, out _))
            {
            }

            Assert.False(reader.IsMalformed);
        });
    }

    private static void AssertAllocatesNothing(Action action) => Assert.Equal(0, Measure(action));

    /// <summary>The bytes that so many calls allocate, after as many that fill pools and caches.</summary>
    private static long Measure(Action action)
    {
        for (var i = 0; i < Calls; i++)
        {
            action();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            action();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private struct CountingHandler : IResponseHeaderHandler
    {
        public int Count { get; private set; }

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Count++;
    }
}
