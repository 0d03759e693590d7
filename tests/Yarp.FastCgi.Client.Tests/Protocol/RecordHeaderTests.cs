using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class RecordHeaderTests
{
    [Fact]
    public void Write_DirtyDestination_DefinesAllEightBytes()
    {
        var destination = new byte[9];
        destination.AsSpan().Fill(DirtyArrayPool.Dirt);

        new RecordHeader(RecordType.Stdin, 0x0102, 0x0304, 5).Write(destination);

        Assert.Equal([1, 5, 1, 2, 3, 4, 5, 0, DirtyArrayPool.Dirt], destination);
    }

    [Fact]
    public void Read_AnyHeader_GivesFieldsAndVersion()
    {
        var header = RecordHeader.Read([7, 200, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 99], out var version);

        Assert.Equal(7, version);
        Assert.Equal(new RecordHeader((RecordType)200, 0xFFFE, 65535, 255), header);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 7)]
    [InlineData(7, 1)]
    [InlineData(8, 0)]
    [InlineData(9, 7)]
    [InlineData(65527, 1)]
    [InlineData(65528, 0)]
    public void Padded_ContentLength_RoundsUpToEight(int contentLength, byte padding)
    {
        var header = RecordHeader.Padded(RecordType.Params, 1, contentLength);

        Assert.Equal(contentLength, header.ContentLength);
        Assert.Equal(padding, header.PaddingLength);
    }

    [Theory]
    [InlineData(65529)]
    [InlineData(65536)]
    [InlineData(65536 + 8)]
    public void Padded_ContentTooLong_Throws(int contentLength) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RecordHeader.Padded(RecordType.Params, 1, contentLength));

    [Fact]
    public void Write_ShortDestination_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RecordHeader(RecordType.Stdin, 1, 0, 0).Write(new byte[7]));
}
