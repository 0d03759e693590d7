using System.Buffers;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>
/// One request's share of a multiplexed connection. What the application sends for it waits here, in records as a connection of its own
/// would bring them, until the request takes it: at most MultiplexingBufferSize, and then the request is given up.
/// </summary>
internal sealed class MultiplexedRequest : FastCgiConnection
{
    private const int InitialBufferSize = 4 * 1024;

    private readonly MultiplexedConnection _connection;
    private readonly int _bufferLimit;
    private readonly Lock _lock = new();
    private readonly PendingOperation<int> _receiving = new();
    private byte[]? _waiting;
    private int _waitingLength;
    private bool _isReceiving;
    private bool _isClosed;
    private bool _isOver;
    private string? _failure;
    private Exception? _cause;

    public MultiplexedRequest(MultiplexedConnection connection, ushort id, int bufferLimit, TimeProvider timeProvider)
        : base(connection.Endpoint, timeProvider)
    {
        _connection = connection;
        _bufferLimit = bufferLimit;
        Outgoing = new OutgoingRecords(id);
    }

    public OutgoingRecords Outgoing { get; }

    public override bool IsShared => true;

    public override ValueTask<int> ReceiveAsync()
    {
        lock (_lock)
        {
            // The other party of the race is Abort: it sets the error before it looks for somebody who receives.
            if (IsAborted)
            {
                return ValueTask.FromException<int>(ConnectionLost());
            }

            if (_waitingLength > 0)
            {
                return ValueTask.FromResult(TakeWaiting());
            }

            if (!_isOver)
            {
                _isReceiving = true;
                return _receiving.Begin();
            }
        }

        return _failure is null ? ValueTask.FromResult(0) : ValueTask.FromException<int>(ConnectionLost());
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> records)
    {
        SentBytes += records.Length;
        var sending = _connection.SendAsync(Outgoing, records);
        return sending is { IsCompletedSuccessfully: true, Result: true } ? ValueTask.CompletedTask : AwaitSend(sending);
    }

    /// <summary>Adds a record that has come for the request, or a part of one.</summary>
    /// <returns>False when more would wait than may.</returns>
    public bool TryAdd(RecordType type, ReadOnlySpan<byte> content)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return true;
            }

            // What the request has taken but not passed on is held as well.
            if (Input.UnreadLength + _waitingLength + ProtocolLimits.HeaderSize + content.Length > _bufferLimit)
            {
                _isClosed = true;
                return false;
            }

            Add(type, content);
            return true;
        }
    }

    /// <summary>Adds the END_REQUEST that has come for the request.</summary>
    public void AddEnd(ReadOnlySpan<byte> content)
    {
        lock (_lock)
        {
            _isOver = true;
            if (!_isClosed)
            {
                Add(RecordType.EndRequest, content);
            }
        }
    }

    /// <summary>Hands out what has come, if the request waits for it.</summary>
    public void Wake()
    {
        int count;
        lock (_lock)
        {
            if (!_isReceiving || _waitingLength == 0)
            {
                return;
            }

            _isReceiving = false;
            count = TakeWaiting();
        }

        _receiving.Complete(count);
    }

    /// <summary>Nothing more comes.</summary>
    /// <param name="failure">Why; null when the application has closed the connection.</param>
    /// <param name="cause">The exception that said so, if any.</param>
    public void OnConnectionEnded(string? failure, Exception? cause)
    {
        Wake();
        lock (_lock)
        {
            _isOver = true;
            _failure = failure;
            _cause = cause;
            if (!_isReceiving)
            {
                return;
            }

            _isReceiving = false;
        }

        if (failure is null)
        {
            _receiving.Complete(0);
        }
        else
        {
            _receiving.Fail(ConnectionLost());
        }
    }

    public override void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _waitingLength = 0;
            if (_waiting is { } waiting)
            {
                _waiting = null;
                ArrayPool<byte>.Shared.Return(waiting);
            }
        }

        Deadline.Dispose();
        _connection.Leave(this);
        Input.Release();
    }

    protected override void OnAborted()
    {
        bool wasReceiving;
        lock (_lock)
        {
            _isClosed = true;
            wasReceiving = _isReceiving;
            _isReceiving = false;
        }

        _connection.Leave(this);
        if (wasReceiving)
        {
            _receiving.Fail(ConnectionLost());
        }
    }

    private async ValueTask AwaitSend(ValueTask<bool> sending)
    {
        if (!await sending.ConfigureAwait(false))
        {
            throw ConnectionLost();
        }
    }

    private FastCgiException ConnectionLost()
        => Lost($"The multiplexed connection to {Endpoint} was lost: {_failure ?? "the application takes nothing more"}.", _cause);

    private int TakeWaiting()
    {
        var count = _waitingLength;
        ReceivedBytes += count;
        _waiting = Input.Exchange(_waiting!, count);
        _waitingLength = 0;
        return count;
    }

    private void Add(RecordType type, ReadOnlySpan<byte> content)
    {
        var needed = _waitingLength + ProtocolLimits.HeaderSize + content.Length;
        if (_waiting is null || needed > _waiting.Length)
        {
            Grow(needed);
        }

        var destination = _waiting.AsSpan(_waitingLength);
        new RecordHeader(type, RequestId, (ushort)content.Length, PaddingLength: 0).Write(destination);
        content.CopyTo(destination[ProtocolLimits.HeaderSize..]);
        _waitingLength = needed;
    }

    private void Grow(int needed)
    {
        // Doubled, but not beyond what may be needed: END_REQUEST comes on top of the limit.
        var most = (long)_bufferLimit + RecordWriter.EndRequestSize;
        var size = Math.Min(Math.Max(needed, 2L * (_waiting?.Length ?? 0)), most);
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(size, InitialBufferSize));
        if (_waiting is { } smaller)
        {
            smaller.AsSpan(0, _waitingLength).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(smaller);
        }

        _waiting = larger;
    }
}
