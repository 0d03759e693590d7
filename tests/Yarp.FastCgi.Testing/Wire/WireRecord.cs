namespace Yarp.FastCgi.Testing;

/// <summary>One record as it came over the wire.</summary>
public sealed record WireRecord(WireRecordType Type, ushort RequestId, ReadOnlyMemory<byte> Content, byte PaddingLength)
{
    /// <summary>Parsed by hand and strictly: whatever a careful application could stumble over is a violation.</summary>
    public static async Task<WireRecord?> ReadAsync(TestSocket socket, TimeSpan? timeout = null)
    {
        var header = new byte[Wire.HeaderSize];
        if (!await socket.TryReadExactlyAsync(header, "the header of the next record", timeout))
        {
            return null;
        }

        var type = (WireRecordType)header[1];
        var requestId = (ushort)((header[2] << 8) | header[3]);
        var contentLength = (header[4] << 8) | header[5];
        var paddingLength = header[6];
        ProtocolViolationException.ThrowIf(header[0] != 1, $"version {header[0]} instead of 1");
        ProtocolViolationException.ThrowIf(header[7] != 0, $"reserved byte {header[7]} instead of 0");
        ProtocolViolationException.ThrowIf(
            contentLength + paddingLength > ushort.MaxValue, $"content {contentLength} + padding {paddingLength} is more than php-fpm accepts (65535)");

        var content = new byte[contentLength];
        var padding = new byte[paddingLength];
        await ReadRestAsync(content, "content");
        await ReadRestAsync(padding, "padding");
        ProtocolViolationException.ThrowIf(padding.AsSpan().ContainsAnyExcept((byte)0), $"padding of a {type} record is not zero: memory leaks to the application");
        return new WireRecord(type, requestId, content, paddingLength);

        async Task ReadRestAsync(byte[] destination, string part)
        {
            if (!await socket.TryReadExactlyAsync(destination, $"{part} of a {type} record", timeout))
            {
                throw new PeerClosedException($"Closed by the other side before the {part} of a {type} record.", PeerClose.Graceful);
            }
        }
    }
}
