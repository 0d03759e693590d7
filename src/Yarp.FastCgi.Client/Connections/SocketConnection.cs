using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>A socket that one request at a time uses. Closing it is what ends pending operations.</summary>
internal sealed class SocketConnection : PooledConnection
{
    // Linux, asm-generic/socket.h and linux/sock_diag.h: nine numbers of 32 bits, the third of which counts what was sent and is not read.
    // So it is for unix sockets, where the bytes stay with the sender until the receiver takes them; TCP counts until they are acknowledged.
    private const int SolSocket = 1;
    private const int SoMeminfo = 55;
    private const int MeminfoCount = 9;
    private const int WmemAlloc = 2;

    private readonly Socket _socket;
    private int _disposed;

    public SocketConnection(Socket socket, FastCgiEndpoint endpoint, TimeProvider timeProvider)
        : base(endpoint, timeProvider)
    {
        _socket = socket;
    }

    public override bool CanTellUnreadBytes => OperatingSystem.IsLinux() && _socket.AddressFamily == AddressFamily.Unix;

    public override bool HasUnreadBytes
    {
        get
        {
            Span<uint> memory = stackalloc uint[MeminfoCount];
            try
            {
                return CanTellUnreadBytes
                    && _socket.GetRawSocketOption(SolSocket, SoMeminfo, MemoryMarshal.AsBytes(memory)) > WmemAlloc * sizeof(uint)
                    && memory[WmemAlloc] > 0;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public override ValueTask<int> ReceiveAsync()
    {
        var room = Input.MakeRoom();
        ValueTask<int> receive;
        try
        {
            receive = _socket.ReceiveAsync(room, SocketFlags.None);
        }
        catch (ObjectDisposedException exception)
        {
            // Aborted since the last operation ended: a closed socket does not even begin to receive.
            return ValueTask.FromException<int>(Lost(exception));
        }

        if (receive.IsCompletedSuccessfully)
        {
            var count = receive.Result;
            Input.Add(count);
            ReceivedBytes += count;
            return new ValueTask<int>(count);
        }

        return AwaitReceive(receive);
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> records)
    {
        try
        {
            while (records.Length > 0)
            {
                var sent = await _socket.SendAsync(records, SocketFlags.None).ConfigureAwait(false);
                SentBytes += sent;
                records = records[sent..];
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw Lost(exception);
        }
    }

    public override bool IsQuiet()
    {
        try
        {
            return Buffered.IsEmpty && !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Deadline.Dispose();
            _socket.Dispose();
            Input.Release();
        }
    }

    protected override void OnAborted() => _socket.Dispose();

    private FastCgiException Lost(Exception exception) => Lost($"The connection to {Endpoint} was lost: {exception.Message}", exception);

    private async ValueTask<int> AwaitReceive(ValueTask<int> receive)
    {
        try
        {
            var count = await receive.ConfigureAwait(false);
            Input.Add(count);
            ReceivedBytes += count;
            return count;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw Lost(exception);
        }
    }
}
