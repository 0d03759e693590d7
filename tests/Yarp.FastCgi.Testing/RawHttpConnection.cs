using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>An HTTP/1.1 client for exact bytes: what is sent and what came back, nothing interpreted, nothing repaired.</summary>
public sealed class RawHttpConnection : IDisposable
{
    private readonly TestSocket _socket;

    private RawHttpConnection(TestSocket socket) => _socket = socket;

    public int LocalPort => ((IPEndPoint)_socket.Socket.LocalEndPoint!).Port;

    /// <summary>Bytes that have arrived and were not read.</summary>
    public int Available => _socket.Socket.Available;

    public static async Task<RawHttpConnection> ConnectAsync(EndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint).WithinAsync($"connect to {endPoint}");
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new RawHttpConnection(new TestSocket(socket));
    }

    public Task SendAsync(string text) => _socket.SendAsync(text);

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _socket.SendAsync(bytes);

    /// <summary>The response head with its blank line.</summary>
    public Task<string> ReadHeadAsync() => _socket.ReadUntilAsync("\r\n\r\n");

    public Task<string> ReadUntilAsync(string delimiter) => _socket.ReadUntilAsync(delimiter);

    public Task<byte[]> ReadExactlyAsync(int count) => _socket.ReadExactlyAsync(count);

    /// <summary>What is there, or comes next; 0 when the server has ended the connection.</summary>
    /// <exception cref="PeerClosedException">The server has aborted it.</exception>
    public Task<int> ReadAsync(Memory<byte> destination) => _socket.ReadAsync(destination, "more of the response");

    /// <summary>One chunk of a chunked body; empty for the last one (whose trailing CRLF is read as well).</summary>
    public async Task<byte[]> ReadChunkAsync()
    {
        var size = Convert.ToInt32((await _socket.ReadUntilAsync("\r\n"))[..^2], fromBase: 16);
        var chunk = await _socket.ReadExactlyAsync(size);
        await _socket.ReadUntilAsync("\r\n");
        return chunk;
    }

    /// <summary>Everything until the server ends the connection, as Latin-1, and how it ended it.</summary>
    public async Task<(string Text, PeerClose Close)> ReadToEndAsync()
    {
        var (bytes, close) = await _socket.ReadToEndAsync();
        return (Encoding.Latin1.GetString(bytes), close);
    }

    public void ShutdownSend() => _socket.ShutdownSend();

    public void Reset() => _socket.Reset();

    public void Dispose() => _socket.Dispose();
}
