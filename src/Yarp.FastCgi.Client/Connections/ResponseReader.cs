using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Client.Threading;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// Reads the response to the one request on a connection: takes the records apart, joins the response head, hands out the
/// body in place and passes STDERR on. Holds at most MaxResponseHeadSize bytes of its own.
/// </summary>
internal sealed class ResponseReader : IDisposable
{
    private readonly IStderrSink _stderr;

    private FastCgiConnection _connection;
    private ushort _requestId;
    private int _maxHeadSize;

    private RecordReader _records;

    // The head while it is spread over several records; a head within one record is parsed where it was received.
    private byte[]? _headBuffer;
    private int _headLength;
    private bool _headIsInReceiveBuffer;

    // STDOUT content that is still to be handed out: a slice of the receive buffer from its first unconsumed byte,
    // and the bytes to consume once it was.
    private int _pendingOffset;
    private int _pendingLength;
    private int _pendingConsume;

    private BodyFraming _framing;
    private bool _isFramed;

    private bool _hasReadRecord;

    // The content of END_REQUEST when it arrives in pieces.
    private byte[]? _endRequest;
    private int _endRequestLength;

    public ResponseReader(FastCgiConnection connection, ushort requestId, int maxHeadSize, IStderrSink stderr)
    {
        _stderr = stderr;
        _connection = connection;
        _requestId = requestId;
        _maxHeadSize = maxHeadSize;
    }

    /// <summary>Whether END_REQUEST was read; <see cref="End"/> holds it then.</summary>
    public bool HasEnded { get; private set; }

    public EndRequestBody End { get; private set; }

    /// <summary>Whether the application closed its STDOUT stream (an empty record); further STDOUT is ignored (E22).</summary>
    public bool StdoutEnded { get; private set; }

    /// <summary>The type of the first record that no response is made of, if there was any.</summary>
    public RecordType? SkippedType { get; private set; }

    /// <summary>Whether any byte of the response has been received; a request is never replayed afterwards.</summary>
    public bool HasReceived => _hasReadRecord || !_connection.Buffered.IsEmpty;

    /// <summary>Whether records of the connection's former request came first and were dropped (E46).</summary>
    public bool HasDroppedFormerOutput { get; private set; }

    /// <summary>
    /// Whether the connection is in step for another request (rule E40): END_REQUEST with its padding was the very last thing received.
    /// </summary>
    public bool IsInStep
        => HasEnded && End.ProtocolStatus == FastCgiProtocolStatus.RequestComplete && _pendingConsume == 0 && _records.IsAtBoundary && _connection.Buffered.IsEmpty;

    private ReadOnlySpan<byte> Head => _headIsInReceiveBuffer
        ? _connection.Buffered.Slice(_pendingOffset - _headLength, _headLength)
        : _headBuffer.AsSpan(0, _headLength);

    /// <summary>Reads until the response head is complete.</summary>
    /// <exception cref="FastCgiException">ConnectionLost, NoResponse, ResponseHeadTooLarge, ProtocolViolation, a refusal of the application, or the connection was aborted.</exception>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder))]
    public async ValueTask ReadHeadAsync()
    {
        _headLength = 0;
        while (!TryReadHead())
        {
            if (HasEnded)
            {
                throw EndedWithoutHead();
            }

            ConsumePending();
            if (await _connection.ReceiveAsync().ConfigureAwait(false) == 0)
            {
                throw new FastCgiException(
                    FastCgiError.ConnectionLost,
                    $"The application at {_connection.Endpoint} closed the connection before its response head was complete.");
            }
        }
    }

    /// <summary>What the head that <see cref="ReadHeadAsync"/> has read means. Valid until more is read.</summary>
    /// <param name="acceptStatusLine">Whether it may begin with a status line of HTTP.</param>
    /// <param name="info">What it means.</param>
    public ResponseHeadError ValidateHead(bool acceptStatusLine, out ResponseHeadInfo info) => ResponseHeadParser.Validate(Head, acceptStatusLine, out info);

    /// <summary>Hands out the header fields of a sound head, before more is read.</summary>
    public void ReportHead<THandler>(ref THandler handler)
        where THandler : struct, IResponseHeaderHandler, allows ref struct
        => ResponseHeadParser.Report(Head, ref handler);

    /// <summary>Says how the body is delimited. Without this it is handed out as it comes, whatever its head announces.</summary>
    /// <param name="length">Bytes of content, null when they are not announced.</param>
    /// <param name="isChunked">Whether the chunked coding is to be taken off.</param>
    public void BeginBody(long? length, bool isChunked)
    {
        _framing = new BodyFraming(length, isChunked);
        _isFramed = true;
    }

    /// <summary>Whether all of the body is here although END_REQUEST may not be: by what was announced, or by the end of STDOUT (E24, E25).</summary>
    public bool IsBodyComplete => _framing.IsDelimited ? _framing.IsComplete : StdoutEnded;

    /// <summary>Whether there was more of the body than announced; <see cref="TryReadBody"/> has cut it (E44).</summary>
    public bool HasExcess => _framing.HasExcess;

    /// <summary>Waits for the first byte of the body, or for the end of the response without one. The head stays valid.</summary>
    /// <exception cref="FastCgiException">The request failed.</exception>
    public async ValueTask<bool> HasBodyAsync()
    {
        KeepHead();
        while (_pendingLength == 0 && !HasEnded)
        {
            if (TryReadStdout() || await ReceiveAsync().ConfigureAwait(false) > 0)
            {
                continue;
            }

            return StdoutEnded
                ? false
                : throw new FastCgiException(FastCgiError.ConnectionLost, "The application closed the connection before its response was complete.");
        }

        return _pendingLength > 0;
    }

    /// <summary>Takes the next piece of the body out of what was received. The piece is valid until the next call of any method.</summary>
    /// <exception cref="FastCgiException">ProtocolViolation; InvalidResponseBody; ResponseTooShort at the end.</exception>
    public BodyReadStatus TryReadBody(out ReadOnlySpan<byte> content)
    {
        content = default;
        while (!_framing.HasExcess)
        {
            if (_pendingLength > 0)
            {
                content = TakePending();
                if (!content.IsEmpty)
                {
                    return BodyReadStatus.Content;
                }
            }
            else if (HasEnded)
            {
                ThrowIfIncomplete();
                return BodyReadStatus.End;
            }
            else if (!TryReadStdout())
            {
                return BodyReadStatus.NeedMoreData;
            }
        }

        return BodyReadStatus.End;
    }

    /// <summary>Receives more; what <see cref="TryReadBody"/> handed out is invalid afterwards.</summary>
    /// <returns>0 when the application has closed the connection behind a complete body (E24, E25).</returns>
    /// <exception cref="FastCgiException">ConnectionLost, also when the body was not complete; or the connection was aborted.</exception>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync()
    {
        ConsumePending();
        var count = await _connection.ReceiveAsync().ConfigureAwait(false);
        if (count == 0 && _isFramed && !IsBodyComplete)
        {
            throw new FastCgiException(FastCgiError.ConnectionLost, "The application closed the connection before its response was complete.");
        }

        return count;
    }

    /// <summary>
    /// The length of the rest of STDOUT when all of it has been received, END_REQUEST included: that of a body without length can then be announced exactly.
    /// </summary>
    public bool TryGetReceivedBodyLength(out long length)
    {
        length = _pendingLength;
        var stdoutEnded = StdoutEnded;
        var records = _records;
        var input = _connection.Buffered[_pendingConsume..];
        while (records.Read(input, out var consumed, out var fragment) == RecordReadStatus.Fragment && !IsOfAnotherRequest(fragment.Header))
        {
            switch (fragment.Header.Type)
            {
                case RecordType.Stdout when !stdoutEnded:
                    stdoutEnded = fragment.Content.IsEmpty;
                    length += fragment.Content.Length;
                    break;

                case RecordType.EndRequest when fragment.IsFirst && fragment.IsLast:
                    return EndRequestBody.TryRead(fragment.Content, out var end) && end.ProtocolStatus == FastCgiProtocolStatus.RequestComplete;
            }

            input = input[consumed..];
        }

        return false;
    }

    /// <summary>Makes the reader ready for another response, as if it were new.</summary>
    public void Reset(FastCgiConnection connection, ushort requestId, int maxHeadSize)
    {
        Debug.Assert(_headBuffer is null, "The reader was not disposed.");
        _connection = connection;
        _requestId = requestId;
        _maxHeadSize = maxHeadSize;
        _records = default;
        _headLength = 0;
        _headIsInReceiveBuffer = false;
        (_pendingOffset, _pendingLength, _pendingConsume) = (0, 0, 0);
        _framing = default;
        _isFramed = false;
        _hasReadRecord = false;
        _endRequestLength = 0;
        HasEnded = false;
        End = default;
        StdoutEnded = false;
        SkippedType = null;
        HasDroppedFormerOutput = false;
    }

    public void Dispose()
    {
        if (_headBuffer is { } buffer)
        {
            _headBuffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool TryReadHead()
    {
        while (_pendingLength > 0 || (!HasEnded && TryReadStdout()))
        {
            if (_pendingLength > 0 && TryCompleteHead(_connection.Buffered.Slice(_pendingOffset, _pendingLength)))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryCompleteHead(ReadOnlySpan<byte> content)
    {
        if (_headLength == 0)
        {
            var end = ResponseHeadParser.FindEnd(content, 0);
            if (end > _maxHeadSize)
            {
                throw HeadTooLarge();
            }

            if (end > 0)
            {
                _headIsInReceiveBuffer = true;
                _headLength = end;
                SkipPending(end);
                return true;
            }
        }

        // Spread over records: join it, and no more of it than a head may have.
        _headIsInReceiveBuffer = false;
        var searched = _headLength;
        var taken = Math.Min(content.Length, _maxHeadSize - searched);
        EnsureHeadCapacity(searched + taken);
        content[..taken].CopyTo(_headBuffer.AsSpan(searched));
        var joinedEnd = ResponseHeadParser.FindEnd(_headBuffer.AsSpan(0, searched + taken), searched);
        if (joinedEnd > 0)
        {
            _headLength = joinedEnd;
            SkipPending(joinedEnd - searched);
            return true;
        }

        if (taken < content.Length || searched + taken == _maxHeadSize)
        {
            throw HeadTooLarge();
        }

        _headLength = searched + taken;
        SkipPending(taken);
        ConsumePending();
        return false;
    }

    private void KeepHead()
    {
        if (_headIsInReceiveBuffer)
        {
            EnsureHeadCapacity(_headLength);
            Head.CopyTo(_headBuffer);
            _headIsInReceiveBuffer = false;
        }
    }

    private void EnsureHeadCapacity(int capacity)
    {
        if (_headBuffer is null || _headBuffer.Length < capacity)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 1024));
            if (_headBuffer is not null)
            {
                _headBuffer.AsSpan(0, _headLength).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_headBuffer);
            }

            _headBuffer = larger;
        }
    }

    /// <summary>Reads one fragment. STDOUT content becomes pending; everything else is dealt with here.</summary>
    /// <returns>False when more has to be received.</returns>
    private bool TryReadStdout()
    {
        ConsumePending();
        var input = _connection.Buffered;
        var status = _records.Read(input, out var consumed, out var fragment);
        if (status == RecordReadStatus.UnsupportedVersion)
        {
            throw Violation("a record of another protocol version than 1");
        }

        if (status == RecordReadStatus.NeedMoreData)
        {
            _connection.Consume(consumed);
            return false;
        }

        var header = fragment.Header;
        if (IsOfAnotherRequest(header))
        {
            if (!_hasReadRecord && _connection.IsOfFormerRequest(header.RequestId))
            {
                // The script of the request before was still at work behind its END_REQUEST (G10).
                HasDroppedFormerOutput = true;
                _connection.Consume(consumed);
                return true;
            }

            throw Violation($"a record for request id {header.RequestId}, which is not in use");
        }

        _hasReadRecord = true;
        switch (header.Type)
        {
            case RecordType.Stdout when !StdoutEnded:
                StdoutEnded = fragment.Content.IsEmpty;
                _pendingLength = fragment.Content.Length;
                if (_pendingLength > 0)
                {
                    // Consumed when it has been handed out: it is read in place.
                    _pendingOffset = OffsetOf(fragment.Content, input);
                    _pendingConsume = consumed;
                    return true;
                }

                break;

            case RecordType.Stderr when !fragment.Content.IsEmpty:
                _stderr.Write(fragment.Content);
                break;

            case RecordType.EndRequest:
                ReadEndRequest(fragment);
                break;

            case RecordType.Stdout or RecordType.Stderr:
                // STDOUT behind its end (E22), STDERR without content (E38).
                break;

            default:
                // Skipped whole (E20, E21).
                SkippedType ??= header.Type;
                break;
        }

        _connection.Consume(consumed);
        return true;
    }

    // Also id 0, which is that of no request (E18, E19).
    private bool IsOfAnotherRequest(RecordHeader header)
        => header.Type is RecordType.Stdout or RecordType.Stderr or RecordType.EndRequest && header.RequestId != _requestId;

    private void ReadEndRequest(RecordFragment fragment)
    {
        var content = fragment.Content;
        if (!(fragment.IsFirst && fragment.IsLast))
        {
            // It arrives in pieces: join as much of it as means something (E27).
            _endRequest ??= new byte[EndRequestBody.Size];
            var taken = Math.Min(content.Length, _endRequest.Length - _endRequestLength);
            content[..taken].CopyTo(_endRequest.AsSpan(_endRequestLength));
            _endRequestLength += taken;
            if (!fragment.IsLast)
            {
                return;
            }

            content = _endRequest.AsSpan(0, _endRequestLength);
        }

        if (!EndRequestBody.TryRead(content, out var end))
        {
            throw Violation("an END_REQUEST record shorter than 8 bytes");
        }

        End = end;
        HasEnded = true;
    }

    private ReadOnlySpan<byte> TakePending()
    {
        var pending = _connection.Buffered.Slice(_pendingOffset, _pendingLength);
        if (!_isFramed)
        {
            _pendingLength = 0;
            return pending;
        }

        if (!_framing.TryRead(pending, out var consumed, out var content))
        {
            throw new FastCgiException(FastCgiError.InvalidResponseBody, "The response body is not in the chunked coding that its Transfer-Encoding announces.");
        }

        SkipPending(consumed);
        return content;
    }

    private void ThrowIfIncomplete()
    {
        if (!_isFramed)
        {
            return;
        }

        if (End.ProtocolStatus != FastCgiProtocolStatus.RequestComplete)
        {
            throw Violation($"END_REQUEST with protocol status {End.ProtocolStatus} behind a response that it had begun");
        }

        if (!_framing.IsComplete)
        {
            throw new FastCgiException(
                FastCgiError.ResponseTooShort,
                _framing.IsChunked
                    ? "The response ended before the last chunk of its body, or before its Content-Length was reached."
                    : $"The response is {_framing.MissingLength} bytes shorter than its Content-Length says.");
        }
    }

    private void SkipPending(int count)
    {
        _pendingOffset += count;
        _pendingLength -= count;
    }

    private void ConsumePending()
    {
        Debug.Assert(_pendingLength == 0, "STDOUT content was not handed out.");
        _connection.Consume(_pendingConsume);
        _pendingConsume = 0;
    }

    private static int OffsetOf(ReadOnlySpan<byte> slice, ReadOnlySpan<byte> whole)
    {
        whole.Overlaps(slice, out var offset);
        return offset;
    }

    private FastCgiException EndedWithoutHead() => End.ProtocolStatus switch
    {
        FastCgiProtocolStatus.RequestComplete => new FastCgiException(
            FastCgiError.NoResponse,
            $"The application at {_connection.Endpoint} ended the request (app status {End.AppStatus}) without a complete response head."),
        FastCgiProtocolStatus.Overloaded => Refused(FastCgiError.Overloaded, "FCGI_OVERLOADED"),
        FastCgiProtocolStatus.CantMultiplex => Refused(FastCgiError.CannotMultiplex, "FCGI_CANT_MPX_CONN"),
        FastCgiProtocolStatus.UnknownRole => Refused(FastCgiError.UnknownRole, "FCGI_UNKNOWN_ROLE"),
        _ => Violation($"END_REQUEST with the unknown protocol status {(byte)End.ProtocolStatus}"),
    };

    private FastCgiException Refused(FastCgiError error, string status)
        => new(error, $"The application at {_connection.Endpoint} refused the request: {status}.");

    private FastCgiException Violation(string what)
        => new(FastCgiError.ProtocolViolation, $"The application at {_connection.Endpoint} sent {what}.");

    private FastCgiException HeadTooLarge()
        => new(FastCgiError.ResponseHeadTooLarge, $"The response head from {_connection.Endpoint} is longer than MaxResponseHeadSize ({_maxHeadSize} bytes).");
}
