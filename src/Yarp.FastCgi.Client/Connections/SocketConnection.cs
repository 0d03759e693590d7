using System.Net.Sockets;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>A socket that one request at a time uses. Closing it is what ends pending operations.</summary>
internal sealed class SocketConnection : PooledConnection
{
    private readonly Socket _socket;
    private int _disposed;

    public SocketConnection(Socket socket, FastCgiEndpoint endpoint, TimeProvider timeProvider)
        : base(endpoint, timeProvider)
    {
        _socket = socket;
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
            return count;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw Lost(exception);
        }
    }
}
