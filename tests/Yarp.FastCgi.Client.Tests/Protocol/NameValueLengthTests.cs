using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class NameValueLengthTests
{
    [Theory]
    [InlineData(0, new byte[] { 0 })]
    [InlineData(127, new byte[] { 127 })]
    [InlineData(128, new byte[] { 0x80, 0, 0, 128 })]
    [InlineData(0x12345678, new byte[] { 0x92, 0x34, 0x56, 0x78 })]
    [InlineData(int.MaxValue, new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    public void WriteAndTryRead_Length_HasTheSpecifiedForm(int length, byte[] form)
    {
        var destination = new byte[4];

        Assert.Equal(form.Length, NameValueLength.Write(destination, length));
        Assert.Equal(form.Length, NameValueLength.SizeOf(length));
        Assert.Equal(form, destination[..form.Length]);

        ReadOnlySpan<byte> source = [.. form, 42];
        Assert.True(NameValueLength.TryRead(ref source, out var read));
        Assert.Equal(length, read);
        Assert.Equal([42], source.ToArray());
    }

    [Fact]
    public void TryRead_ShortLengthInLongForm_IsAccepted()
    {
        ReadOnlySpan<byte> source = [0x80, 0, 0, 3];

        Assert.True(NameValueLength.TryRead(ref source, out var length));
        Assert.Equal(3, length);
        Assert.True(source.IsEmpty);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x80 })]
    [InlineData(new byte[] { 0x80, 0, 0 })]
    public void TryRead_SourceEndsBefore_IsFalse(byte[] bytes)
    {
        ReadOnlySpan<byte> source = bytes;

        Assert.False(NameValueLength.TryRead(ref source, out _));
        Assert.Equal(bytes.Length, source.Length);
    }
}
