using System.Net.Sockets;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>
/// A connection that carries many requests at a time. One loop receives for all of them and puts what comes into the buffer of the
/// request that it is for; it never waits for a request.
/// </summary>
/// <remarks>
/// Ids only rise, up to <see cref="MaxRequestId"/> and then from 1 again. An id whose request was given up is not used again at all:
/// applications differ in what they still send for it, and when.
/// </remarks>
internal sealed class MultiplexedConnection
{
    /// <summary>Enough for the requests of one connection, and a number that no application takes for a negative one.</summary>
    public const ushort MaxRequestId = 0x7fff;

    private readonly Socket _socket;
    private readonly TimeProvider _timeProvider;
    private readonly int _bufferLimit;
    private readonly IMultiplexedConnectionOwner _owner;
    private readonly MultiplexedSender _sender;
    private readonly Lock _lock = new();

    // By id; null for a request that was given up and that the application has not ended yet.
    private readonly Dictionary<ushort, MultiplexedRequest?> _requests = [];
    private readonly HashSet<ushort> _usedUp = [];
    private ushort _lastId;
    private ushort _highestId;
    private bool _hasEnded;

    // The receiving loop's own.
    private readonly List<MultiplexedRequest> _reached = [];
    private readonly byte[] _endRequest = new byte[EndRequestBody.Size];
    private int _endRequestLength;
    private ReceiveBuffer _input;
    private RecordReader _records;

    public MultiplexedConnection(Socket socket, FastCgiEndpoint endpoint, TimeProvider timeProvider, int bufferLimit, IMultiplexedConnectionOwner owner)
    {
        _socket = socket;
        _timeProvider = timeProvider;
        _bufferLimit = bufferLimit;
        _owner = owner;
        _sender = new MultiplexedSender(socket, timeProvider, owner.OnBroken);
        Endpoint = endpoint;
    }

    public FastCgiEndpoint Endpoint { get; }

    /// <inheritdoc cref="MultiplexedSender.IsStuck"/>
    public bool IsStuck => _sender.IsStuck;

    /// <summary>Begins to receive.</summary>
    public void Start() => Detached.Run(() => _ = ReceiveAsync());

    /// <summary>A new request; null when the connection has ended, or its ids are used up.</summary>
    public MultiplexedRequest? TryBegin()
    {
        lock (_lock)
        {
            if (_hasEnded || !TryGetId(out var id))
            {
                return null;
            }

            var request = new MultiplexedRequest(this, id, _bufferLimit, _timeProvider);
            _requests.Add(id, request);
            return request;
        }
    }

    /// <inheritdoc cref="MultiplexedSender.SendAsync"/>
    public ValueTask<bool> SendAsync(OutgoingRecords outgoing, ReadOnlyMemory<byte> records) => _sender.SendAsync(outgoing, records);

    /// <summary>A request needs nothing more from the application. Told so unless both sides have come to the end (E13).</summary>
    public void Leave(MultiplexedRequest request)
    {
        var outgoing = request.Outgoing;
        if (!_sender.TryCancel(outgoing))
        {
            return;
        }

        bool isRunning;
        bool aborts;
        lock (_lock)
        {
            isRunning = _requests.TryGetValue(outgoing.RequestId, out var current) && current == request;
            aborts = outgoing.HasBegun && (isRunning || !outgoing.IsComplete) && !_hasEnded;
            if (aborts)
            {
                _usedUp.Add(outgoing.RequestId);
            }

            if (isRunning && aborts)
            {
                _requests[outgoing.RequestId] = null;
            }
            else if (isRunning)
            {
                _requests.Remove(outgoing.RequestId);
            }
        }

        if (aborts)
        {
            _sender.SendAbort(outgoing.RequestId);
        }

        if (isRunning && aborts)
        {
            _owner.OnRequestGivenUp();
        }
        else if (isRunning)
        {
            _owner.OnRequestEnded(wasGivenUp: false);
        }
    }

    /// <summary>Closes the connection. Requests that are still on it fail.</summary>
    public void Close() => _socket.Dispose();

    private bool TryGetId(out ushort id)
    {
        id = _lastId;
        for (var tried = 0; tried < MaxRequestId; tried++)
        {
            id = (ushort)(id == MaxRequestId ? 1 : id + 1);
            if (!_requests.ContainsKey(id) && !_usedUp.Contains(id))
            {
                _lastId = id;
                _highestId = Math.Max(_highestId, id);
                return true;
            }
        }

        return false;
    }

    private async Task ReceiveAsync()
    {
        string? failure = null;
        Exception? cause = null;
        try
        {
            while (failure is null && await _socket.ReceiveAsync(_input.MakeRoom(), SocketFlags.None).ConfigureAwait(false) is > 0 and var count)
            {
                _input.Add(count);
                failure = Distribute();
                foreach (var request in _reached)
                {
                    request.Wake();
                }

                _reached.Clear();
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, nobody may wait for more.
            failure = exception.Message;
            cause = exception;
        }

        End(failure, cause);
        _input.Release();
    }

    private void End(string? failure, Exception? cause)
    {
        MultiplexedRequest?[] requests;
        lock (_lock)
        {
            _hasEnded = true;
            requests = [.. _requests.Values];
            _requests.Clear();
        }

        // First, so that a request that is sent again does not come here.
        _owner.OnClosed();
        _socket.Dispose();
        _sender.End();
        foreach (var request in requests)
        {
            request?.OnConnectionEnded(failure, cause);
        }
    }

    /// <returns>What the application did wrong.</returns>
    private string? Distribute()
    {
        while (true)
        {
            switch (_records.Read(_input.Unread, out var consumed, out var fragment))
            {
                case RecordReadStatus.NeedMoreData:
                    _input.Consume(consumed);
                    return null;

                case RecordReadStatus.UnsupportedVersion:
                    return "the application sent a record of another protocol version than 1";
            }

            if (Distribute(fragment) is { } violation)
            {
                return violation;
            }

            _input.Consume(consumed);
        }
    }

    private string? Distribute(RecordFragment fragment)
    {
        var (type, id, _, _) = fragment.Header;
        if (type is not (RecordType.Stdout or RecordType.Stderr or RecordType.EndRequest))
        {
            // E20, E21.
            return null;
        }

        if (type == RecordType.EndRequest && !TryJoinEndRequest(fragment))
        {
            return fragment.IsLast ? "the application sent an END_REQUEST record shorter than 8 bytes" : null;
        }

        MultiplexedRequest? request;
        bool isRunning;
        lock (_lock)
        {
            if (id == 0 || id > _highestId)
            {
                // E18, E19.
                return $"the application sent a record for request id {id}, which was never in use";
            }

            isRunning = _requests.TryGetValue(id, out request);
            if (type == RecordType.EndRequest)
            {
                _requests.Remove(id);
            }
        }

        if (!isRunning)
        {
            // Late, for a request that has ended.
            return null;
        }

        if (type == RecordType.EndRequest)
        {
            if (EndRequestBody.TryRead(_endRequest, out var end) && end.ProtocolStatus == FastCgiProtocolStatus.CantMultiplex)
            {
                _owner.OnCannotMultiplex();
            }

            request?.AddEnd(_endRequest);
            _owner.OnRequestEnded(wasGivenUp: request is null);
        }
        else if (request?.TryAdd(type, fragment.Content) == false)
        {
            // Elsewhere: it runs what others have registered, and this loop is everybody's.
            ThreadPool.UnsafeQueueUserWorkItem(static request => request.Abort(FastCgiError.ResponseBufferFull), request, preferLocal: false);
        }

        if (request is not null && !_reached.Contains(request))
        {
            _reached.Add(request);
        }

        return null;
    }

    /// <returns>Whether all of it has come.</returns>
    private bool TryJoinEndRequest(RecordFragment fragment)
    {
        if (fragment.IsFirst)
        {
            _endRequestLength = 0;
        }

        var taken = Math.Min(fragment.Content.Length, _endRequest.Length - _endRequestLength);
        fragment.Content[..taken].CopyTo(_endRequest.AsSpan(_endRequestLength));
        _endRequestLength += taken;
        return fragment.IsLast && _endRequestLength == _endRequest.Length;
    }
}
