using System.Text;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class RecordWriterTests
{
    [Theory]
    [InlineData(FastCgiRole.Responder, false, 1, 0)]
    [InlineData(FastCgiRole.Authorizer, true, 2, 1)]
    [InlineData(FastCgiRole.Filter, true, 3, 1)]
    public void WriteBeginRequest_DirtyBuffer_DefinesEveryByte(FastCgiRole role, bool keepConnection, byte roleByte, byte flags)
    {
        var destination = Dirty(RecordWriter.BeginRequestSize + 1);

        RecordWriter.WriteBeginRequest(destination, 0x0102, role, keepConnection);

        Assert.Equal([1, 1, 1, 2, 0, 8, 0, 0, 0, roleByte, flags, 0, 0, 0, 0, 0, DirtyArrayPool.Dirt], destination);
    }

    [Fact]
    public void WriteAbortRequest_DirtyBuffer_DefinesEveryByte()
    {
        var destination = Dirty(RecordWriter.AbortRequestSize + 1);

        RecordWriter.WriteAbortRequest(destination, 0xFFFF);

        Assert.Equal([1, 2, 0xFF, 0xFF, 0, 0, 0, 0, DirtyArrayPool.Dirt], destination);
    }

    [Fact]
    public void WriteEndRequest_DirtyBuffer_DefinesEveryByte()
    {
        var destination = Dirty(RecordWriter.EndRequestSize + 1);

        RecordWriter.WriteEndRequest(destination, 1, 0xFFFE_FDFC, FastCgiProtocolStatus.CantMultiplex);

        Assert.Equal([1, 3, 0, 1, 0, 8, 0, 0, 0xFF, 0xFE, 0xFD, 0xFC, 1, 0, 0, 0, DirtyArrayPool.Dirt], destination);
        Assert.True(EndRequestBody.TryRead(destination.AsSpan(8), out var body));
        Assert.Equal(new EndRequestBody(0xFFFE_FDFC, FastCgiProtocolStatus.CantMultiplex), body);
    }

    [Fact]
    public void WriteGetValues_Names_AreAskedForWithEmptyValues()
    {
        var destination = Dirty(200);

        var length = RecordWriter.WriteGetValues(destination, ["FCGI_MAX_CONNS", "FCGI_MPXS_CONNS"]);

        var record = Assert.Single(RawRecord.ParseAll(destination.AsSpan(0, length)));
        Assert.Equal((1, 9, 0, 0), (record.Version, record.Type, record.RequestId, record.Reserved));
        Assert.Equal([14, 0, .. "FCGI_MAX_CONNS"u8, 15, 0, .. "FCGI_MPXS_CONNS"u8], record.Content);
        Assert.Equal(new byte[7], record.Padding);
        Assert.Equal(0, length % 8);
        Assert.Equal(DirtyArrayPool.Dirt, destination[length]);
    }

    [Fact]
    public void WriteGetValues_LongName_HasAFourByteLength()
    {
        var destination = Dirty(200);
        var name = new string('N', 128);

        var length = RecordWriter.WriteGetValues(destination, [name]);

        var record = Assert.Single(RawRecord.ParseAll(destination.AsSpan(0, length)));
        Assert.Equal([0x80, 0, 0, 128, 0, .. Encoding.ASCII.GetBytes(name)], record.Content);
    }

    [Fact]
    public void WriteGetValues_NoNames_IsAnEmptyRecord()
    {
        var destination = Dirty(8);

        Assert.Equal(8, RecordWriter.WriteGetValues(destination, []));
        Assert.Equal([1, 9, 0, 0, 0, 0, 0, 0], destination);
    }

    private static byte[] Dirty(int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(DirtyArrayPool.Dirt);
        return bytes;
    }
}
