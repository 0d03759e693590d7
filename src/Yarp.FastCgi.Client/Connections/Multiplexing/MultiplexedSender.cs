using System.Buffers;
using System.Net.Sockets;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>
/// Sends the records of all requests on a connection, one whole record after the other. What gathers while a send is under way leaves
/// in the next one; who finds no room waits in order of arrival. A large body comes in pieces of one record, each behind whatever
/// waits already, so that small requests get their turn between them.
/// </summary>
internal sealed class MultiplexedSender
{
    // Room for a record of full length and for small requests beside it.
    private const int Capacity = 128 * 1024;

    // An application that takes nothing for so long, while there is something for it, does not just read in pieces.
    private static readonly TimeSpan StuckAfter = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly TimeProvider _timeProvider;
    private readonly Action _broken;
    private readonly Lock _lock = new();
    private readonly Queue<OutgoingRecords> _waiting = new();
    private readonly Queue<ushort> _aborts = new();
    private byte[] _gathered = ArrayPool<byte>.Shared.Rent(Capacity);
    private byte[] _underWay = ArrayPool<byte>.Shared.Rent(Capacity);
    private int _gatheredLength;
    private long _sendStartedTimestamp;
    private bool _isSending;
    private bool _hasEnded;

    /// <param name="socket">The connection.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="broken">Called when the application takes nothing more. It may still have something to say.</param>
    public MultiplexedSender(Socket socket, TimeProvider timeProvider, Action broken)
    {
        _socket = socket;
        _timeProvider = timeProvider;
        _broken = broken;
    }

    /// <summary>Whether the application does not read, and somebody waits for it to go on.</summary>
    public bool IsStuck
    {
        get
        {
            lock (_lock)
            {
                return _isSending && _waiting.Count > 0 && _timeProvider.GetElapsedTime(_sendStartedTimestamp) >= StuckAfter;
            }
        }
    }

    /// <summary>Sends whole records of a request, or sees to it that they leave with the next send; their memory is free again afterwards.</summary>
    /// <returns>False when the connection takes nothing more, or the request was canceled.</returns>
    public ValueTask<bool> SendAsync(OutgoingRecords outgoing, ReadOnlyMemory<byte> records)
    {
        ValueTask<bool> sent;
        int length;
        lock (_lock)
        {
            if (_hasEnded || outgoing.IsCanceled)
            {
                return ValueTask.FromResult(false);
            }

            outgoing.Set(records);
            if (_waiting.Count == 0)
            {
                Gather(outgoing);
            }

            if (outgoing.IsEmpty)
            {
                sent = ValueTask.FromResult(true);
            }
            else
            {
                sent = outgoing.WaitAsync();
                _waiting.Enqueue(outgoing);
            }

            length = TakeGathered();
        }

        Start(length);
        return sent;
    }

    /// <summary>Nothing more of a request is to be sent.</summary>
    /// <returns>False when that was so already.</returns>
    public bool TryCancel(OutgoingRecords outgoing)
    {
        lock (_lock)
        {
            if (outgoing.IsCanceled)
            {
                return false;
            }

            outgoing.IsCanceled = true;
            if (outgoing.IsWaiting)
            {
                outgoing.EndWait(isSent: false);
            }

            return true;
        }
    }

    /// <summary>Sends ABORT_REQUEST (section 5.4) as soon as there is room, in front of everything that waits.</summary>
    public void SendAbort(ushort requestId)
    {
        int length;
        lock (_lock)
        {
            if (_hasEnded)
            {
                return;
            }

            _aborts.Enqueue(requestId);
            GatherAborts();
            length = TakeGathered();
        }

        Start(length);
    }

    /// <summary>The connection is gone: who waits, waits no longer.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_hasEnded)
            {
                return;
            }

            _hasEnded = true;
            foreach (var outgoing in _waiting)
            {
                if (outgoing.IsWaiting)
                {
                    outgoing.EndWait(isSent: false);
                }
            }

            _waiting.Clear();
            _aborts.Clear();
            if (!_isSending)
            {
                ReleaseBuffers();
            }
        }
    }

    private void Start(int length)
    {
        if (length > 0)
        {
            _ = SendGatheredAsync(length);
        }
    }

    private async Task SendGatheredAsync(int length)
    {
        try
        {
            await SendAllAsync(length).ConfigureAwait(false);
            for (length = TakeNext(); length > 0; length = TakeNext())
            {
                // The request that began this has its own on the way, and need not see to the others'.
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                await SendAllAsync(length).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            lock (_lock)
            {
                _isSending = false;
                if (_hasEnded)
                {
                    ReleaseBuffers();
                    return;
                }
            }

            End();
            _broken();
        }
    }

    private async ValueTask SendAllAsync(int length)
    {
        var rest = _underWay.AsMemory(0, length);
        while (!rest.IsEmpty)
        {
            rest = rest[await _socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false)..];
        }
    }

    /// <summary>A send has ended. Takes what has gathered for the next, and makes room for those that wait.</summary>
    private int TakeNext()
    {
        lock (_lock)
        {
            _isSending = false;
            if (_hasEnded)
            {
                ReleaseBuffers();
                return 0;
            }

            GatherAll();
            var length = TakeGathered();
            GatherAll();
            return length;
        }
    }

    private int TakeGathered()
    {
        if (_isSending || _gatheredLength == 0)
        {
            return 0;
        }

        var length = _gatheredLength;
        (_gathered, _underWay) = (_underWay, _gathered);
        _gatheredLength = 0;
        _isSending = true;
        _sendStartedTimestamp = _timeProvider.GetTimestamp();
        return length;
    }

    private void GatherAll()
    {
        GatherAborts();
        while (_waiting.TryPeek(out var outgoing))
        {
            if (outgoing.IsWaiting)
            {
                Gather(outgoing);
                if (!outgoing.IsEmpty)
                {
                    return;
                }

                outgoing.EndWait(isSent: true);
            }

            _waiting.Dequeue();
        }
    }

    private void GatherAborts()
    {
        while (_aborts.Count > 0 && Capacity - _gatheredLength >= RecordWriter.AbortRequestSize)
        {
            RecordWriter.WriteAbortRequest(_gathered.AsSpan(_gatheredLength), _aborts.Dequeue());
            _gatheredLength += RecordWriter.AbortRequestSize;
        }
    }

    private void Gather(OutgoingRecords outgoing) => _gatheredLength += outgoing.MoveTo(_gathered.AsSpan(_gatheredLength, Capacity - _gatheredLength));

    private void ReleaseBuffers()
    {
        ArrayPool<byte>.Shared.Return(_gathered);
        ArrayPool<byte>.Shared.Return(_underWay);
        _gathered = _underWay = [];
        _gatheredLength = 0;
    }
}
