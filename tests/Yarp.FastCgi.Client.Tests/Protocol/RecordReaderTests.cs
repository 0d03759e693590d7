using System.Text;
using CsCheck;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class RecordReaderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Read_PartOfHeader_ConsumesNothing(int length)
    {
        var reader = new RecordReader();
        var header = Stdout("x").ToBytes().AsSpan(0, length);

        Assert.Equal(RecordReadStatus.NeedMoreData, reader.Read(header, out var consumed, out _));
        Assert.Equal(0, consumed);
        Assert.True(reader.IsAtBoundary);
    }

    [Fact]
    public void Read_ByteByByte_GivesTheSameRecords()
    {
        var loop = ReceiveLoop.Run(RawRecord.Join(Stdout("Hello", padding: 3), Stdout(""), EndRequest()), 1);

        Assert.Equal(["Hello", "", "\0\0\0\0\0\0\0\0"], loop.Records.Select(Text));
        Assert.True(loop.IsAtBoundary);
        Assert.Equal(0, loop.UnconsumedLength);
    }

    [Fact]
    public void Read_ManyRecordsInOneRead_GivesThemInOrder()
    {
        var loop = ReceiveLoop.Run(RawRecord.Join(Stdout("a", padding: 7), Stderr("b"), Stdout("c", padding: 255), EndRequest(padding: 8)), int.MaxValue);

        Assert.Equal(
            [RecordType.Stdout, RecordType.Stderr, RecordType.Stdout, RecordType.EndRequest],
            loop.Records.Select(record => record.Header.Type));
        Assert.Equal(["a", "b", "c"], loop.Records.Take(3).Select(Text));
        Assert.True(loop.IsAtBoundary);
    }

    [Fact]
    public void Read_ContentInThreePieces_MarksFirstAndLast()
    {
        var reader = new RecordReader();
        var bytes = Stdout("abcdef", padding: 2).ToBytes();

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(bytes.AsSpan(0, 10), out var consumed, out var fragment));
        Assert.Equal((10, true, false), (consumed, fragment.IsFirst, fragment.IsLast));
        Assert.Equal("ab"u8, fragment.Content);
        Assert.Equal(6, fragment.Header.ContentLength);

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(bytes.AsSpan(10, 3), out consumed, out fragment));
        Assert.Equal((3, false, false), (consumed, fragment.IsFirst, fragment.IsLast));
        Assert.Equal("cde"u8, fragment.Content);

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(bytes.AsSpan(13), out consumed, out fragment));
        Assert.Equal((3, false, true), (consumed, fragment.IsFirst, fragment.IsLast));
        Assert.Equal("f"u8, fragment.Content);
        Assert.Equal(new RecordHeader(RecordType.Stdout, 1, 6, 2), fragment.Header);
        Assert.True(reader.IsAtBoundary);
    }

    [Fact]
    public void Read_HeaderWithoutContent_IsConsumedAndWaits()
    {
        var reader = new RecordReader();
        var bytes = Stdout("ab").ToBytes();

        Assert.Equal(RecordReadStatus.NeedMoreData, reader.Read(bytes.AsSpan(0, 8), out var consumed, out _));
        Assert.Equal(8, consumed);
        Assert.False(reader.IsAtBoundary);
        Assert.Equal(RecordReadStatus.NeedMoreData, reader.Read([], out consumed, out _));
        Assert.Equal(0, consumed);

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(bytes.AsSpan(8), out _, out var fragment));
        Assert.True(fragment.IsFirst);
        Assert.True(fragment.IsLast);
        Assert.True(reader.IsAtBoundary);
    }

    [Fact]
    public void Read_EmptyRecord_IsDeliveredOnce()
    {
        var reader = new RecordReader();

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(Stdout("").ToBytes(), out var consumed, out var fragment));
        Assert.Equal((8, true, true), (consumed, fragment.IsFirst, fragment.IsLast));
        Assert.True(fragment.Content.IsEmpty);
        Assert.Equal(RecordReadStatus.NeedMoreData, reader.Read([], out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("content")]
    public void Read_PaddingArrivesLater_IsSkippedSilently(string content)
    {
        var reader = new RecordReader();
        var bytes = RawRecord.Join(Stdout(content, padding: 255), Stdout("next"));
        var paddingStart = 8 + content.Length;

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(bytes.AsSpan(0, paddingStart + 100), out var consumed, out _));
        Assert.Equal(paddingStart + 100, consumed);
        Assert.False(reader.IsAtBoundary);

        Assert.Equal(RecordReadStatus.NeedMoreData, reader.Read(bytes.AsSpan(consumed, 154), out consumed, out _));
        Assert.Equal(154, consumed);
        Assert.False(reader.IsAtBoundary);

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(bytes.AsSpan(paddingStart + 254), out _, out var fragment));
        Assert.Equal("next"u8, fragment.Content);
        Assert.True(reader.IsAtBoundary);
    }

    [Fact]
    public void Read_PaddingEndsInItsOwnRead_ReachesTheBoundary()
    {
        var reader = new RecordReader();
        var bytes = EndRequest(padding: 8).ToBytes();

        reader.Read(bytes.AsSpan(0, 16), out _, out _);
        Assert.False(reader.IsAtBoundary);
        Assert.Equal(RecordReadStatus.NeedMoreData, reader.Read(bytes.AsSpan(16), out var consumed, out _));

        Assert.Equal(8, consumed);
        Assert.True(reader.IsAtBoundary);
    }

    // CVE-2026-55203: a 16-bit sum of content and padding loses the record border.
    [Theory]
    [InlineData(65535, 255, int.MaxValue)]
    [InlineData(65535, 255, 4096)]
    [InlineData(65535, 1, 65536)]
    [InlineData(65281, 255, 8)]
    public void Read_ContentAndPaddingBeyond16Bits_LeavesTheNextRecordIntact(int contentLength, int paddingLength, int pieceLength)
    {
        var content = RecordGen.LooksLikeRecords(contentLength, seed: 1);
        var bytes = RawRecord.Join(new RawRecord((byte)RecordType.Stdout, 1, content, RecordGen.LooksLikeRecords(paddingLength, seed: 2)), Stdout("next"));

        var loop = ReceiveLoop.Run(bytes, pieceLength);

        Assert.Equal(2, loop.Records.Count);
        Assert.Equal(content, loop.Records[0].Content);
        Assert.Equal("next", Text(loop.Records[1]));
        Assert.True(loop.IsAtBoundary);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(255)]
    public void Read_OtherVersion_EndsTheStream(byte version)
    {
        var reader = new RecordReader();
        byte[] bytes = [.. Stdout("a", padding: 1).ToBytes(), .. (Stdout("b") with { Version = version }).ToBytes()];

        Assert.Equal(RecordReadStatus.Fragment, reader.Read(bytes, out var consumed, out _));
        var rest = bytes.AsSpan(consumed);

        Assert.Equal(RecordReadStatus.UnsupportedVersion, reader.Read(rest, out consumed, out var fragment));
        Assert.Equal(0, consumed);
        Assert.True(fragment.Content.IsEmpty);
        Assert.Equal(RecordReadStatus.UnsupportedVersion, reader.Read(rest, out _, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    [InlineData(255)]
    public void Read_UnknownType_IsDeliveredWhole(byte type)
    {
        var content = RecordGen.LooksLikeRecords(65535, seed: 3);

        var loop = ReceiveLoop.Run(RawRecord.Join(new RawRecord(type, 1, content, new byte[9]), Stdout("next")), 10_000);

        Assert.Equal((RecordType)type, loop.Records[0].Header.Type);
        Assert.Equal(content, loop.Records[0].Content);
        Assert.Equal("next", Text(loop.Records[1]));
    }

    [Fact]
    public void Read_ReservedByteSet_IsIgnored()
    {
        var loop = ReceiveLoop.Run(RawRecord.Join(Stdout("a") with { Reserved = 0xFF }, Stdout("b") with { Reserved = 1 }), int.MaxValue);

        Assert.Equal(["a", "b"], loop.Records.Select(Text));
    }

    [Fact]
    public void Read_EndRequestWithOrWithoutEmptyStdout_DeliversBoth()
    {
        var loop = ReceiveLoop.Run(RawRecord.Join(Stdout("a"), Stdout(""), EndRequest(), Stdout("b"), EndRequest()), int.MaxValue);

        Assert.Equal(
            [RecordType.Stdout, RecordType.Stdout, RecordType.EndRequest, RecordType.Stdout, RecordType.EndRequest],
            loop.Records.Select(record => record.Header.Type));
        Assert.True(loop.IsAtBoundary);
    }

    [Fact]
    public void Read_RandomRecordsInRandomPieces_GivesTheSameRecords() =>
        Gen.Select(RecordGen.Record.Array[0, 12], RecordGen.PieceLengths).Sample((records, pieceLengths) =>
        {
            var loop = ReceiveLoop.Run(RawRecord.Join(records), pieceLengths);

            Assert.Equal(records.Length, loop.Records.Count);
            foreach (var (sent, received) in records.Zip(loop.Records))
            {
                Assert.Equal(new RecordHeader((RecordType)sent.Type, sent.RequestId, (ushort)sent.Content.Length, (byte)sent.Padding.Length), received.Header);
                Assert.True(sent.Content.AsSpan().SequenceEqual(received.Content));
            }

            Assert.True(loop.IsAtBoundary);
            Assert.Equal(0, loop.UnconsumedLength);
        });

    [Fact]
    public void Read_CutShort_IsNotAtBoundaryWithoutRest() =>
        Gen.Select(RecordGen.Record, Gen.Int[1, 1_000_000], RecordGen.PieceLengths).Sample((record, cut, pieceLengths) =>
        {
            var bytes = record.ToBytes();
            bytes = bytes[..^Math.Min(cut, bytes.Length - 1)];

            var loop = ReceiveLoop.Run(bytes, pieceLengths);

            Assert.False(loop.IsAtBoundary && loop.UnconsumedLength == 0);
        });

    [Fact]
    public void Read_RandomBytes_EndsWithoutException() =>
        Gen.Select(Gen.Byte.Array[0, 600], Gen.Byte[0, 3], RecordGen.PieceLengths).Sample((bytes, stride, pieceLengths) =>
        {
            // Now and then a valid version, so that the garbage gets beyond the first header.
            for (var i = 0; stride > 0 && i < bytes.Length; i += stride)
            {
                bytes[i] = 1;
            }

            var loop = ReceiveLoop.Run(bytes, pieceLengths);

            Assert.NotEqual(RecordReadStatus.Fragment, loop.LastStatus);
        }, iter: 2000);

    private static RawRecord Stdout(string content, int padding = 0) =>
        new((byte)RecordType.Stdout, 1, Encoding.Latin1.GetBytes(content), RecordGen.LooksLikeRecords(padding, seed: 9));

    private static RawRecord Stderr(string content) => Stdout(content) with { Type = (byte)RecordType.Stderr };

    private static RawRecord EndRequest(int padding = 0) => new((byte)RecordType.EndRequest, 1, new byte[8], RecordGen.LooksLikeRecords(padding, seed: 9));

    private static string Text((RecordHeader Header, byte[] Content) record) => Encoding.Latin1.GetString(record.Content);
}
