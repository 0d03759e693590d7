using System.Text;
using CsCheck;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class ChunkedDecoderTests
{
    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("000\r\n\r\n", "")]
    [InlineData("0005\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789")]
    [InlineData("2;a=b\r\n\r\n\r\n0;last\r\n\r\n", "\r\n")]
    [InlineData("2;a=\"\\\"é\"\t\r\nhi\r\n0\r\n\r\n", "hi")]
    [InlineData("2 \t\r\nhi\r\n0 ;x\r\n\r\n", "hi")]
    [InlineData("2\r\nhi\r\n0\r\nX-Checksum: 1\r\nX-Other: 2\r\n\r\n", "hi")]
    public void Read_ValidBody_GivesTheContent(string body, string expected)
    {
        for (var pieceLength = 1; pieceLength <= body.Length; pieceLength++)
        {
            var (status, content, consumed) = Decode(Latin1(body), pieceLength);

            Assert.Equal(ChunkedReadStatus.End, status);
            Assert.Equal(expected, Encoding.Latin1.GetString(content));
            Assert.Equal(body.Length, consumed);
        }
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("x")]
    [InlineData("-")]
    [InlineData("+")]
    [InlineData("0x")]
    [InlineData(" ")]
    [InlineData(";")]
    [InlineData("1 1")]
    [InlineData("1\n")]
    [InlineData("1\r\r")]
    [InlineData("1;a\n")]
    [InlineData("1;\0")]
    [InlineData("1\r\nab")]
    [InlineData("1\r\na\n")]
    [InlineData("1\r\na\r1")]
    [InlineData("0\r\n\n")]
    [InlineData("0\r\nX: 1\n")]
    [InlineData("0\r\nX: \0")]
    [InlineData("0\r\nX: 1\r\r")]
    [InlineData("0\r\n\rX")]
    [InlineData("8000000000000000")]
    [InlineData("10000000000000000")]
    public void Read_NotTheCoding_IsInvalidAtThatByteAndStaysSo(string body)
    {
        for (var pieceLength = 1; pieceLength <= body.Length; pieceLength++)
        {
            Assert.Equal(ChunkedReadStatus.Invalid, Decode(Latin1(body + "\r\n0\r\n\r\n"), pieceLength).Status);
        }

        Assert.NotEqual(ChunkedReadStatus.Invalid, Decode(Latin1(body[..^1]), body.Length).Status);
    }

    [Fact]
    public void Read_LargestSize_IsAccepted()
    {
        var decoder = new ChunkedDecoder();

        Assert.Equal(ChunkedReadStatus.Content, decoder.Read("7fffffffffffffff\r\na"u8, out var consumed, out var content));

        Assert.Equal(19, consumed);
        Assert.Equal(1, content.Length);
        Assert.False(decoder.HasEnded);
    }

    [Theory]
    [InlineData("1;", "\r\na\r\n0\r\n\r\n", 2)]
    [InlineData("0\r\n", "\r\n\r\n", 0)]
    public void Read_EndlessExtensionOrTrailer_IsInvalid(string before, string after, int lengthBefore)
    {
        // The trailers' four bytes of line ends count as well.
        var longest = ChunkedDecoder.MaxLineLength - lengthBefore - (lengthBefore == 0 ? 4 : 2);

        Assert.Equal(ChunkedReadStatus.End, Decode(Latin1(before + new string('x', longest) + after), 1000).Status);
        Assert.Equal(ChunkedReadStatus.Invalid, Decode(Latin1(before + new string('x', longest + 1) + after), 1000).Status);
    }

    [Fact]
    public void Read_ManyChunks_TheLimitIsForOneLine()
    {
        var body = string.Concat(Enumerable.Repeat("1;extension\r\na\r\n", 2000)) + "0\r\n\r\n";

        var (status, content, _) = Decode(Latin1(body), 777);

        Assert.Equal(ChunkedReadStatus.End, status);
        Assert.Equal(2000, content.Length);
    }

    [Fact]
    public void Read_BytesBehindTheEnd_AreNotConsumed()
    {
        var decoder = new ChunkedDecoder();

        Assert.Equal(ChunkedReadStatus.End, decoder.Read("0\r\n\r\nmore"u8, out var consumed, out _));
        Assert.Equal(5, consumed);
        Assert.True(decoder.HasEnded);
        Assert.Equal(ChunkedReadStatus.End, decoder.Read("more"u8, out consumed, out _));
        Assert.Equal(0, consumed);
    }

    [Fact]
    public void Read_AnyEncodedBody_GivesTheContentInPiecesOfEveryLength() =>
        Gen.Select(ChunkGen.Chunks, ChunkGen.Text, ChunkGen.Text, Gen.Int[1, 100]).Sample((chunks, extension, trailer, pieceLength) =>
        {
            var encoded = ChunkGen.Encode(chunks, extension, trailer);

            var (status, content, consumed) = Decode(encoded, pieceLength);

            Assert.Equal(ChunkedReadStatus.End, status);
            Assert.Equal(chunks.SelectMany(chunk => chunk), content);
            Assert.Equal(encoded.Length, consumed);
        });

    [Fact]
    public void Read_AnyEncodedBodyCutAnywhere_NeverEnds() =>
        Gen.Select(ChunkGen.Chunks, ChunkGen.Text, Gen.Int[0, 10_000], Gen.Int[1, 100]).Sample((chunks, trailer, cut, pieceLength) =>
        {
            var encoded = ChunkGen.Encode(chunks, "x", trailer);

            var (status, _, _) = Decode(encoded.AsSpan(0, cut % encoded.Length), pieceLength);

            Assert.True(status is ChunkedReadStatus.NeedMoreData or ChunkedReadStatus.Content, status.ToString());
        });

    [Fact]
    public void Read_AnyBytes_GivesTheSameInPiecesAsInOne() =>
        Gen.Select(ChunkGen.Any, Gen.Int[1, 9]).Sample((bytes, pieceLength) =>
        {
            var whole = Decode(bytes, Math.Max(1, bytes.Length));
            var inPieces = Decode(bytes, pieceLength);

            Assert.Equal(whole.Consumed, inPieces.Consumed);
            Assert.Equal(whole.Content, inPieces.Content);
            Assert.Equal(whole.Status is ChunkedReadStatus.Invalid, inPieces.Status is ChunkedReadStatus.Invalid);
            Assert.Equal(whole.Status is ChunkedReadStatus.End, inPieces.Status is ChunkedReadStatus.End);
        }, iter: 20_000);

    /// <summary>Drives the decoder as a connection does, and checks what it promises on every call.</summary>
    private static (ChunkedReadStatus Status, byte[] Content, int Consumed) Decode(ReadOnlySpan<byte> bytes, int pieceLength)
    {
        var decoder = new ChunkedDecoder();
        var result = new List<byte>();
        var total = 0;
        var status = ChunkedReadStatus.NeedMoreData;
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(pieceLength, bytes.Length)];
            bytes = bytes[piece.Length..];
            do
            {
                status = decoder.Read(piece, out var consumed, out var content);
                Assert.InRange(consumed, 0, piece.Length);
                Assert.Equal(status == ChunkedReadStatus.Content, !content.IsEmpty);
                result.AddRange(content);
                total += consumed;
                piece = piece[consumed..];
                if (status is ChunkedReadStatus.End or ChunkedReadStatus.Invalid)
                {
                    return (status, [.. result], total);
                }
            }
            while (!piece.IsEmpty);
        }

        return (status, [.. result], total);
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);
}
