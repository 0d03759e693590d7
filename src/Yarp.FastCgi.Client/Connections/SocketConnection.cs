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
    private readonly SocketReceiver _receiver;
    private int _disposed;

    public SocketConnection(Socket socket, FastCgiEndpoint endpoint, TimeProvider timeProvider)
        : base(endpoint, timeProvider)
    {
        _socket = socket;
        _receiver = new SocketReceiver(socket, OnReceived);
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
        try
        {
            return _receiver.ReceiveAsync(Input.MakeRoom());
        }
        catch (ObjectDisposedException exception)
        {
            // Aborted since the last operation ended: a closed socket does not even begin to receive.
            return ValueTask.FromException<int>(Lost(exception));
        }
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> records)
    {
        try
        {
            return SendAsync(records, _socket.SendAsync(records, SocketFlags.None));
        }
        catch (ObjectDisposedException exception)
        {
            return ValueTask.FromException(Lost(exception));
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
            _receiver.Dispose();
            Input.Release();
        }
    }

    protected override void OnAborted() => _socket.Dispose();

    private FastCgiException Lost(Exception exception) => Lost($"The connection to {Endpoint} was lost: {exception.Message}", exception);

    private int OnReceived(int count, SocketError error)
    {
        if (error != SocketError.Success)
        {
            throw Lost(new SocketException((int)error));
        }

        Input.Add(count);
        ReceivedBytes += count;
        return count;
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> records, ValueTask<int> send)
    {
        if (!send.IsCompletedSuccessfully)
        {
            return SendRestAsync(records, send);
        }

        // As long as the application reads, the socket takes it all at once.
        var sent = send.Result;
        SentBytes += sent;
        records = records[sent..];
        return records.IsEmpty ? ValueTask.CompletedTask : SendRestAsync(records, _socket.SendAsync(records, SocketFlags.None));
    }

    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> records, ValueTask<int> send)
    {
        try
        {
            while (true)
            {
                var sent = await send.ConfigureAwait(false);
                SentBytes += sent;
                records = records[sent..];
                if (records.IsEmpty)
                {
                    return;
                }

                send = _socket.SendAsync(records, SocketFlags.None);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw Lost(exception);
        }
    }
}
