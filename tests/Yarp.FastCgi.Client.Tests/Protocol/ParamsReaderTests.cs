using System.Text;
using CsCheck;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class ParamsReaderTests
{
    [Fact]
    public void TryRead_EmptyContent_IsTheEnd()
    {
        var reader = new ParamsReader([]);

        Assert.False(reader.TryRead(out _, out _));
        Assert.False(reader.IsMalformed);
    }

    [Fact]
    public void TryRead_Pairs_GivesThemInOrder()
    {
        var pairs = ReadAll([1, 2, .. "Abc"u8, 3, 0, .. "Def"u8, 0, 1, .. "x"u8, 0, 0], out var malformed);

        Assert.False(malformed);
        Assert.Equal([("A", "bc"), ("Def", ""), ("", "x"), ("", "")], pairs);
    }

    [Fact]
    public void TryRead_LongNameAndLongValue_ReadsFourByteLengths()
    {
        var name = new string('n', 128);
        var value = new string('v', 70_000);

        var pairs = ReadAll(
            [0x80, 0, 0, 128, 0x80, 0x01, 0x11, 0x70, .. Encoding.ASCII.GetBytes(name), .. Encoding.ASCII.GetBytes(value), 1, 0, .. "A"u8],
            out var malformed);

        Assert.False(malformed);
        Assert.Equal([(name, value), ("A", "")], pairs);
    }

    // The sums that overflow 32 bits: CVE-2025-23016 and its kin.
    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 1 })]
    [InlineData(new byte[] { 1, 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0xC0, 0, 0, 0, 0xC0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x80, 0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0x80 })]
    [InlineData(new byte[] { 0x80, 1, 0, 0, 0 })]
    [InlineData(new byte[] { 0x80, 0, 0 })]
    [InlineData(new byte[] { 1, 0x80, 0, 0 })]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 2, 0, 65 })]
    [InlineData(new byte[] { 1, 2, 65, 66 })]
    public void TryRead_LengthBehindTheContent_IsMalformed(byte[] tail)
    {
        var pairs = ReadAll([1, 1, .. "Ab"u8, .. tail], out var malformed);

        Assert.True(malformed);
        Assert.Equal([("A", "b")], pairs);
    }

    [Fact]
    public void TryRead_AfterMalformed_StaysFalse()
    {
        var reader = new ParamsReader([9, 9, 1, 0, 65]);

        Assert.False(reader.TryRead(out _, out _));
        Assert.False(reader.TryRead(out _, out _));
        Assert.True(reader.IsMalformed);
    }

    [Fact]
    public void TryRead_RandomBytes_EndsWithoutException() =>
        Gen.OneOf(Gen.Byte, Gen.Byte[0, 4], Gen.OneOf<byte>(0x80, 0xFF, 0x7F)).Array[0, 400].Sample(bytes =>
        {
            var pairs = ReadAll(bytes, out _);

            // Every pair costs two bytes at least.
            Assert.True(pairs.Count <= bytes.Length / 2);
        }, iter: 5000);

    private static List<(string Name, string Value)> ReadAll(ReadOnlySpan<byte> content, out bool malformed)
    {
        var pairs = new List<(string, string)>();
        var reader = new ParamsReader(content);
        while (reader.TryRead(out var name, out var value))
        {
            pairs.Add((Encoding.Latin1.GetString(name), Encoding.Latin1.GetString(value)));
        }

        malformed = reader.IsMalformed;
        return pairs;
    }
}
