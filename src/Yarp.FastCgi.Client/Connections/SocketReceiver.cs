using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>The one receive operation of a connection, used again for each receive: waiting for the application allocates nothing.</summary>
internal sealed class SocketReceiver : SocketAsyncEventArgs, IValueTaskSource<int>
{
    private readonly Socket _socket;
    private readonly Func<int, SocketError, int> _received;
    private ManualResetValueTaskSourceCore<int> _core;

    /// <param name="socket">What is received from.</param>
    /// <param name="received">Given the number of bytes, or the error, when the result is fetched: returns the number or throws.</param>
    public SocketReceiver(Socket socket, Func<int, SocketError, int> received)
        : base(true)
    {
        _socket = socket;
        _received = received;
    }

    /// <exception cref="ObjectDisposedException">The socket was closed before.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        _core.Reset();
        SetBuffer(buffer);
        if (!_socket.ReceiveAsync(this))
        {
            _core.SetResult(BytesTransferred);
        }

        return new ValueTask<int>(this, _core.Version);
    }

    int IValueTaskSource<int>.GetResult(short token) => _received(_core.GetResult(token), SocketError);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e) => _core.SetResult(BytesTransferred);
}
