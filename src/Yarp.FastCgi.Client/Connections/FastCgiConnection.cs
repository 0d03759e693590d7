using System.Buffers;
using System.Diagnostics;
using System.Net.Sockets;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// One connection to an application: a socket, its receive buffer and the deadline of the request that it serves.
/// One request at a time uses it. Pending operations are ended by closing the socket, not by tokens.
/// </summary>
internal sealed class FastCgiConnection : IDisposable
{
    /// <summary>The id of a connection's first request.</summary>
    public const ushort FirstRequestId = 1;

    private const int InitialBufferSize = 16 * 1024;

    // A record of full length with its padding fits, so that a large body takes one receive per record.
    private const int LargeBufferSize = 128 * 1024;

    private readonly Socket _socket;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private int _abortError;
    private CancellationTokenSource? _aborted;
    private int _disposed;

    public FastCgiConnection(Socket socket, FastCgiEndpoint endpoint, TimeProvider timeProvider)
    {
        _socket = socket;
        Endpoint = endpoint;
        _buffer = ArrayPool<byte>.Shared.Rent(InitialBufferSize);
        Deadline = new Deadline(timeProvider, Abort);
        CreatedTimestamp = timeProvider.GetTimestamp();
    }

    public FastCgiEndpoint Endpoint { get; }

    public Deadline Deadline { get; }

    public long CreatedTimestamp { get; }

    /// <summary>When the pool took the connection back; meaningful while it is idle.</summary>
    public long IdleSinceTimestamp { get; set; }

    /// <summary>Requests completed on this connection; more than zero means that it comes from the pool.</summary>
    public int CompletedRequests { get; set; }

    /// <summary>
    /// The id of the request that the connection carries. The next one has another: php-fpm goes on writing for a request that a script
    /// has ended by fastcgi_finish_request, and what it writes must not pass for the answer to the next (E46).
    /// </summary>
    public ushort RequestId => ToRequestId(CompletedRequests);

    /// <summary>Received and not yet consumed.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Whether the request on this connection was given up; its socket is closed then.</summary>
    public bool IsAborted => Volatile.Read(ref _abortError) != 0;

    /// <summary>Signaled by <see cref="Abort"/>. Made when first asked for: most requests never need it.</summary>
    public CancellationToken Aborted
    {
        get
        {
            var source = Volatile.Read(ref _aborted);
            if (source is null)
            {
                var created = new CancellationTokenSource();
                source = Interlocked.CompareExchange(ref _aborted, created, null) ?? created;
            }

            // The other party of the race is Abort: it sets the error before it looks for the source.
            if (IsAborted)
            {
                source.Cancel();
            }

            return source.Token;
        }
    }

    /// <summary>Whether a record belongs to the request that the connection carried last.</summary>
    public bool IsOfFormerRequest(ushort requestId) => CompletedRequests > 0 && requestId == ToRequestId(CompletedRequests - 1);

    public void Consume(int count) => _start += count;

    /// <summary>Receives behind what is buffered. The spans of <see cref="Buffered"/> taken before are invalid afterwards.</summary>
    /// <returns>The number of bytes, 0 when the application closed its side.</returns>
    /// <exception cref="FastCgiException">The connection was lost, or <see cref="Abort"/> was called.</exception>
    public ValueTask<int> ReceiveAsync()
    {
        MakeRoom();
        ValueTask<int> receive;
        try
        {
            receive = _socket.ReceiveAsync(_buffer.AsMemory(_end), SocketFlags.None);
        }
        catch (ObjectDisposedException exception)
        {
            // Aborted since the last operation ended: a closed socket does not even begin to receive.
            return ValueTask.FromException<int>(Lost(exception));
        }

        if (receive.IsCompletedSuccessfully)
        {
            var count = receive.Result;
            _end += count;
            return new ValueTask<int>(count);
        }

        return AwaitReceive(receive);
    }

    /// <summary>Sends all of <paramref name="bytes"/>.</summary>
    /// <exception cref="FastCgiException">The connection was lost, or <see cref="Abort"/> was called.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (bytes.Length > 0)
            {
                var sent = await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false);
                bytes = bytes[sent..];
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw Lost(exception);
        }
    }

    /// <summary>
    /// Whether an idle connection may carry another request: nothing has arrived on it. The application's bytes or its
    /// closing (both make it readable) belong to no request (rule E42).
    /// </summary>
    public bool IsQuiet()
    {
        try
        {
            return _start == _end && !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Gives the request up: pending and later operations fail with <paramref name="error"/>. The first caller's error stays.</summary>
    public void Abort(FastCgiError error)
    {
        if (Interlocked.CompareExchange(ref _abortError, (int)error, 0) == 0)
        {
            Deadline.Dispose();
            _socket.Dispose();
            Volatile.Read(ref _aborted)?.Cancel();
        }
    }

    /// <exception cref="FastCgiException"><see cref="Abort"/> was called; the error is the one given there.</exception>
    public void ThrowIfAborted()
    {
        if (IsAborted)
        {
            throw GivenUp(innerException: null);
        }
    }

    /// <summary>Closes the socket. Only the owner calls this, after its last operation has ended: the buffer goes back to the array pool.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Deadline.Dispose();
            _socket.Dispose();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _start = _end = 0;
        }
    }

    private static ushort ToRequestId(int completedRequests) => (ushort)(FirstRequestId + (completedRequests % ushort.MaxValue));

    private async ValueTask<int> AwaitReceive(ValueTask<int> receive)
    {
        try
        {
            var count = await receive.ConfigureAwait(false);
            _end += count;
            return count;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            throw Lost(exception);
        }
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            var wasFilled = _end == _buffer.Length;
            _start = _end = 0;
            if (wasFilled && _buffer.Length < LargeBufferSize)
            {
                Grow();
            }
        }
        else if (_end == _buffer.Length)
        {
            if (_start > 0)
            {
                Buffered.CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }
            else
            {
                Grow();
            }
        }
    }

    // Happens once: the reader consumes all but an incomplete record header before it receives again.
    private void Grow()
    {
        Debug.Assert(_buffer.Length < LargeBufferSize, "Nothing of a full buffer was consumed.");
        var larger = ArrayPool<byte>.Shared.Rent(LargeBufferSize);
        var count = _end - _start;
        Buffered.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        _start = 0;
        _end = count;
    }

    private FastCgiException Lost(Exception exception)
        => IsAborted
            ? GivenUp(exception)
            : new FastCgiException(FastCgiError.ConnectionLost, $"The connection to {Endpoint} was lost: {exception.Message}", exception);

    private FastCgiException GivenUp(Exception? innerException)
    {
        var error = (FastCgiError)Volatile.Read(ref _abortError);
        var message = error switch
        {
            FastCgiError.ResponseHeadTimeout => $"The response head from {Endpoint} was not complete within ResponseHeadTimeout.",
            FastCgiError.ActivityTimeout => $"Nothing moved to or from {Endpoint} for ActivityTimeout.",
            _ => $"The request to {Endpoint} was given up.",
        };
        return new FastCgiException(error, message, innerException);
    }
}
