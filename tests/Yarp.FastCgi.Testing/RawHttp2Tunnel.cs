using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>
/// The one stream of an HTTP/2 connection without TLS, frame by frame (RFC 9113): an extended CONNECT whose directions end one by one,
/// which no client library lets a test do. The server may send as much as the test has read, and a window more.
/// </summary>
public sealed class RawHttp2Tunnel : IDisposable
{
    private const uint StreamId = 1;
    private const int FrameHeaderSize = 9;
    private const int MaxFrameSize = 16384;
    private const int DefaultWindow = 65535;

    // RFC 7541, appendix A: the field ":status: 200" as it stands in a header block.
    private const byte IndexedStatus200 = 0x88;

    private readonly TestSocket _socket;
    private readonly StateSignal _signal = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _received = new();
    private ReadOnlyMemory<byte> _piece;
    private long _connectionWindow = DefaultWindow;
    private long _streamWindow = DefaultWindow;
    private long _initialWindow = DefaultWindow;
    private byte[]? _head;
    private PeerClose? _close;

    private RawHttp2Tunnel(Socket socket)
    {
        _socket = new TestSocket(socket);
        _ = ReadFramesAsync();
    }

    private enum FrameType : byte
    {
        Data = 0,
        Headers = 1,
        RstStream = 3,
        Settings = 4,
        Ping = 6,
        WindowUpdate = 8,
    }

    /// <summary>Opens a connection and sends the extended CONNECT. The answer must be 200; <see cref="HttpClient"/> is for all others.</summary>
    public static async Task<RawHttp2Tunnel> ConnectAsync(EndPoint endPoint, string protocol, string path)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        var stream = new RawHttp2Tunnel(await ConnectAsync(socket, endPoint));
        try
        {
            await stream._socket.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            await stream.SendFrameAsync(FrameType.Settings, streamId: 0, default);
            await stream.SendFrameAsync(FrameType.Headers, StreamId, Encode(
                [(":method", "CONNECT"), (":protocol", protocol), (":scheme", "http"), (":path", path), (":authority", "localhost")]), endHeaders: true);
            await stream._signal.WaitAsync(() => stream._head is not null || stream._close is not null, () => "the response head");
            return stream._head is [IndexedStatus200, ..] ? stream : throw new InvalidOperationException("The extended CONNECT was not answered 200.");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var length = 0;
            await _signal.WaitAsync(() => (length = TakeWindow(bytes.Length)) > 0 || _close == PeerClose.Reset, () => $"the server to take {bytes.Length} bytes");
            if (length == 0)
            {
                throw new PeerClosedException($"Reset by the server before it took {bytes.Length} bytes.", PeerClose.Reset);
            }

            await SendFrameAsync(FrameType.Data, StreamId, bytes[..length]);
            bytes = bytes[length..];
        }
    }

    /// <summary>Fills <paramref name="destination"/> as far as bytes are at hand; 0 at the end of the server's direction.</summary>
    public async Task<int> ReadAsync(Memory<byte> destination)
    {
        if (_piece.IsEmpty)
        {
            byte[]? next = null;
            await _signal.WaitAsync(() => TryTake(out next) || _close is not null, () => "bytes of the server, or the end of the stream");
            if (next is null)
            {
                return _close == PeerClose.Graceful ? 0 : throw new PeerClosedException("Reset by the server.", PeerClose.Reset);
            }

            _piece = next;
        }

        var count = Math.Min(destination.Length, _piece.Length);
        _piece[..count].CopyTo(destination);
        _piece = _piece[count..];
        await SendFrameAsync(FrameType.WindowUpdate, streamId: 0, BigEndian(count));
        await SendFrameAsync(FrameType.WindowUpdate, StreamId, BigEndian(count));
        return count;
    }

    /// <summary>END_STREAM: ends the sending direction, reading goes on.</summary>
    public Task EndAsync() => SendFrameAsync(FrameType.Data, StreamId, default, endStream: true);

    /// <summary>RST_STREAM with CANCEL.</summary>
    public Task ResetAsync() => SendFrameAsync(FrameType.RstStream, StreamId, BigEndian(8));

    public void Dispose() => _socket.Dispose();

    private static async Task<Socket> ConnectAsync(Socket socket, EndPoint endPoint)
    {
        try
        {
            await socket.ConnectAsync(endPoint).WithinAsync($"connect to {endPoint}");
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ReadFramesAsync()
    {
        var header = new byte[FrameHeaderSize];
        try
        {
            while (await _socket.TryReadExactlyAsync(header, "a frame", Timeout.InfiniteTimeSpan))
            {
                var payload = await _socket.ReadExactlyAsync((header[0] << 16) | (header[1] << 8) | header[2]);
                await OnFrameAsync((FrameType)header[3], header[4], BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(5)), payload);
                _signal.Pulse();
            }
        }
        catch (Exception exception) when (exception is PeerClosedException or SocketException or ObjectDisposedException)
        {
            // The server closed the connection, or the test is over.
        }

        _close ??= PeerClose.Reset;
        _signal.Pulse();
    }

    private async Task OnFrameAsync(FrameType type, byte flags, uint streamId, byte[] payload)
    {
        // Both are flags of value 1, on frames of different types.
        var isAck = (flags & 1) != 0;
        var endsStream = isAck && type is FrameType.Data or FrameType.Headers;
        switch (type)
        {
            case FrameType.Headers:
                _head = payload;
                break;

            case FrameType.Data when payload.Length > 0:
                lock (_lock)
                {
                    _received.Enqueue(payload);
                }

                break;

            case FrameType.RstStream:
                // Behind the end it only says that no more is wanted.
                _close ??= PeerClose.Reset;
                break;

            case FrameType.Settings when !isAck:
                ApplySettings(payload);
                await SendFrameAsync(FrameType.Settings, streamId: 0, default, isAck: true);
                break;

            case FrameType.Ping when !isAck:
                await SendFrameAsync(FrameType.Ping, streamId: 0, payload, isAck: true);
                break;

            case FrameType.WindowUpdate:
                lock (_lock)
                {
                    _ = streamId == 0 ? _connectionWindow += BinaryPrimitives.ReadUInt32BigEndian(payload) : _streamWindow += BinaryPrimitives.ReadUInt32BigEndian(payload);
                }

                break;
        }

        if (endsStream)
        {
            _close ??= PeerClose.Graceful;
        }
    }

    private void ApplySettings(ReadOnlySpan<byte> payload)
    {
        const ushort InitialWindowSize = 4;
        for (; payload.Length >= 6; payload = payload[6..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(payload) == InitialWindowSize)
            {
                var size = BinaryPrimitives.ReadUInt32BigEndian(payload[2..]);
                lock (_lock)
                {
                    _streamWindow += size - _initialWindow;
                    _initialWindow = size;
                }
            }
        }
    }

    private int TakeWindow(int wanted)
    {
        lock (_lock)
        {
            var length = (int)Math.Clamp(Math.Min(_streamWindow, _connectionWindow), 0, Math.Min(wanted, MaxFrameSize));
            _streamWindow -= length;
            _connectionWindow -= length;
            return length;
        }
    }

    private bool TryTake(out byte[]? piece)
    {
        lock (_lock)
        {
            return _received.TryDequeue(out piece);
        }
    }

    private async Task SendFrameAsync(FrameType type, uint streamId, ReadOnlyMemory<byte> payload, bool isAck = false, bool endStream = false, bool endHeaders = false)
    {
        var frame = new byte[FrameHeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = (byte)type;
        frame[4] = (byte)((isAck || endStream ? 1 : 0) | (endHeaders ? 4 : 0));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame.AsMemory(FrameHeaderSize));
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(frame);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Literal fields that enter no table (RFC 7541, section 6.2.2).</summary>
    private static byte[] Encode((string Name, string Value)[] fields)
    {
        var block = new MemoryStream();
        foreach (var text in fields.SelectMany(field => new[] { "\0", field.Name, field.Value }))
        {
            if (text != "\0")
            {
                block.WriteByte(checked((byte)text.Length));
            }

            block.Write(Encoding.ASCII.GetBytes(text));
        }

        return block.ToArray();
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
