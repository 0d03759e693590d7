using System.Buffers;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>A pooled buffer that holds one STDIN record with room for its header, and for the record that closes the stream, so that each leaves in one send.</summary>
internal sealed class StdinChunk : IDisposable
{
    private readonly ushort _requestId;
    private byte[] _buffer;

    public StdinChunk(ushort requestId)
    {
        _requestId = requestId;
        _buffer = ArrayPool<byte>.Shared.Rent(ProtocolLimits.HeaderSize + ProtocolLimits.MaxPaddedContentLength + ProtocolLimits.HeaderSize);
    }

    /// <summary>Where the content goes.</summary>
    public Memory<byte> Content => _buffer.AsMemory(ProtocolLimits.HeaderSize, ProtocolLimits.MaxPaddedContentLength);

    /// <summary>Sends the first <paramref name="length"/> bytes of <see cref="Content"/>, and the closing record behind the last ones.</summary>
    public ValueTask SendAsync(FastCgiConnection connection, int length, bool isLast)
    {
        var start = ProtocolLimits.HeaderSize;
        var end = start;
        if (length > 0)
        {
            start = 0;
            var header = RecordHeader.Padded(RecordType.Stdin, _requestId, length);
            header.Write(_buffer);
            end += length;
            _buffer.AsSpan(end, header.PaddingLength).Clear();
            end += header.PaddingLength;
        }

        if (isLast)
        {
            new RecordHeader(RecordType.Stdin, _requestId, ContentLength: 0, PaddingLength: 0).Write(_buffer.AsSpan(end));
            end += ProtocolLimits.HeaderSize;
        }

        return connection.SendAsync(_buffer.AsMemory(start, end - start));
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
