using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// Writes the records of one request into one pooled buffer: BEGIN_REQUEST, PARAMS and a small STDIN, so that a request
/// without a body leaves in one send. Records are padded to eight bytes with zeros.
/// </summary>
/// <remarks>
/// The order is that of the protocol: <see cref="BeginRequest"/>, params, <see cref="EndParams"/>, STDIN, <see cref="EndStdin"/>.
/// Params that are another for each sending of the request go in last, by <see cref="TryAddLateParam"/>.
/// The caller bounds the total, the buffer grows as needed.
/// </remarks>
internal sealed class RequestWriter : IDisposable
{
    private const int InitialCapacity = 8 * 1024;
    private const int MaxRetainedCapacity = 64 * 1024;
    private const int None = -1;

    private readonly ArrayPool<byte> _pool;
    private byte[]? _buffer;
    private int _length;
    private int _openParams = None;

    // The last PARAMS record with content, and the one that was the last before there were late params, with its length then.
    private int _lastParams = None;
    private int _ownParams = None;
    private int _ownLength;

    private ushort _requestId;

    public RequestWriter()
        : this(ArrayPool<byte>.Shared)
    {
    }

    public RequestWriter(ArrayPool<byte> pool)
    {
        _pool = pool;
        _buffer = pool.Rent(InitialCapacity);
    }

    /// <summary>What was written so far; valid until the next call that writes, <see cref="Reset"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Written
    {
        get
        {
            Debug.Assert(_openParams == None, "The header of a PARAMS record is written when the record is closed.");
            return _buffer.AsMemory(0, _length);
        }
    }

    /// <exception cref="NotSupportedException">The role is Filter, or none.</exception>
    public void BeginRequest(ushort requestId, FastCgiRole role, bool keepConnection)
    {
        if (role is not (FastCgiRole.Responder or FastCgiRole.Authorizer))
        {
            ThrowUnsupported(role);
        }

        _requestId = requestId;
        RecordWriter.WriteBeginRequest(Append(RecordWriter.BeginRequestSize), requestId, role, keepConnection);
    }

    /// <summary>Gives the written records another request id.</summary>
    public void ChangeRequestId(ushort requestId)
    {
        Debug.Assert(_openParams == None, "The header of a PARAMS record is written when the record is closed.");
        if (requestId == _requestId)
        {
            return;
        }

        _requestId = requestId;
        for (var start = 0; start < _length;)
        {
            var header = RecordHeader.Read(_buffer.AsSpan(start), out _);
            (header with { RequestId = requestId }).Write(_buffer.AsSpan(start));
            start += ProtocolLimits.HeaderSize + header.ContentLength + header.PaddingLength;
        }
    }

    /// <summary>
    /// Adds a param. False when the pair does not fit into one record, and nothing is written then:
    /// applications such as php-fpm refuse a pair that goes on in a second record.
    /// </summary>
    public bool TryAddParam(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!TryAppendPair(name, value.Length, out var valueBytes))
        {
            return false;
        }

        value.CopyTo(valueBytes);
        return true;
    }

    /// <inheritdoc cref="TryAddParam(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool TryAddParam(ReadOnlySpan<byte> name, ReadOnlySpan<char> value, Encoding encoding)
    {
        if (!TryAppendPair(name, encoding.GetByteCount(value), out var valueBytes))
        {
            return false;
        }

        encoding.GetBytes(value, valueBytes);
        return true;
    }

    /// <summary>Closes the PARAMS stream (FastCGI 1.0, section 5.2).</summary>
    public void EndParams()
    {
        if (_openParams != None)
        {
            CloseParamsRecord();
        }

        AppendEmptyRecord(RecordType.Params);
        (_ownParams, _ownLength) = (_lastParams, _lastParams == None ? 0 : GetContentLength(_lastParams));
    }

    /// <summary>Adds a param, behind all others, to a request that may be complete: what follows the params moves on.</summary>
    /// <returns>False when the pair does not fit into one record; nothing is written then.</returns>
    public bool TryAddLateParam(ReadOnlySpan<byte> name, ReadOnlySpan<char> value, Encoding encoding)
    {
        Debug.Assert(_openParams == None, "The params are not closed yet.");
        var valueLength = encoding.GetByteCount(value);
        var size = SizeOfPair(name, valueLength);
        if (size > ProtocolLimits.MaxPaddedContentLength)
        {
            return false;
        }

        encoding.GetBytes(value, WritePair(InsertIntoParams((int)size), name, valueLength));
        return true;
    }

    /// <summary>Takes back what <see cref="TryAddLateParam"/> has added.</summary>
    public void RemoveLateParams()
    {
        Debug.Assert(_openParams == None, "The params are not closed yet.");
        var tail = GetEndOfParams();
        _lastParams = _ownParams;
        if (_ownParams != None)
        {
            WriteParamsHeader(_ownParams, _ownLength);
        }

        var ownTail = GetEndOfParams();
        _buffer.AsSpan(tail, _length - tail).CopyTo(_buffer.AsSpan(ownTail));
        _length -= tail - ownTail;
    }

    /// <summary>Adds STDIN records, as many as the content needs; none for empty content, which would close the stream.</summary>
    public void AddStdin(ReadOnlySpan<byte> content)
    {
        Debug.Assert(_openParams == None, "STDIN inside an open PARAMS record.");
        while (!content.IsEmpty)
        {
            var chunk = content[..Math.Min(content.Length, ProtocolLimits.MaxPaddedContentLength)];
            var header = RecordHeader.Padded(RecordType.Stdin, _requestId, chunk.Length);
            header.Write(Append(ProtocolLimits.HeaderSize));
            chunk.CopyTo(Append(chunk.Length));
            Append(header.PaddingLength).Clear();
            content = content[chunk.Length..];
        }
    }

    /// <summary>Closes the STDIN stream (section 5.3).</summary>
    public void EndStdin() => AppendEmptyRecord(RecordType.Stdin);

    /// <summary>
    /// Empties the writer and keeps its buffer, unless that grew large. The request id stays,
    /// so the STDIN of a begun request can go on in the emptied buffer.
    /// </summary>
    public void Reset()
    {
        _length = 0;
        _openParams = None;
        _lastParams = None;
        _ownParams = None;
        if (_buffer?.Length > MaxRetainedCapacity)
        {
            _pool.Return(_buffer);
            _buffer = null;
            _buffer = _pool.Rent(InitialCapacity);
        }
    }

    public void Dispose()
    {
        _length = 0;
        if (_buffer is { } buffer)
        {
            _buffer = null;
            _pool.Return(buffer);
        }
    }

    private static void ThrowUnsupported(FastCgiRole role) => throw new NotSupportedException(
        role == FastCgiRole.Filter
            ? "The role Filter is not supported: it needs a file of the web server as its DATA stream (FastCGI 1.0, section 6.4), which this client does not send. Use the role Responder."
            : $"FastCGI 1.0 (section 8) has no role {(ushort)role}. Use Responder or Authorizer.");

    private bool TryAppendPair(ReadOnlySpan<byte> name, int valueLength, out Span<byte> value)
    {
        var size = SizeOfPair(name, valueLength);
        if (size > ProtocolLimits.MaxPaddedContentLength)
        {
            value = default;
            return false;
        }

        value = WritePair(AppendToParamsRecord((int)size), name, valueLength);
        return true;
    }

    private static long SizeOfPair(ReadOnlySpan<byte> name, int valueLength)
        => (long)NameValueLength.SizeOf(name.Length) + NameValueLength.SizeOf(valueLength) + name.Length + valueLength;

    /// <returns>Where the value belongs.</returns>
    private static Span<byte> WritePair(Span<byte> pair, ReadOnlySpan<byte> name, int valueLength)
    {
        pair = pair[NameValueLength.Write(pair, name.Length)..];
        pair = pair[NameValueLength.Write(pair, valueLength)..];
        name.CopyTo(pair);
        return pair[name.Length..];
    }

    private Span<byte> AppendToParamsRecord(int size)
    {
        if (_openParams != None && _length - _openParams - ProtocolLimits.HeaderSize + size > ProtocolLimits.MaxPaddedContentLength)
        {
            CloseParamsRecord();
        }

        if (_openParams == None)
        {
            _openParams = _length;
            Append(ProtocolLimits.HeaderSize);
        }

        return Append(size);
    }

    private void CloseParamsRecord()
    {
        var length = _length - _openParams - ProtocolLimits.HeaderSize;
        Append(RecordHeader.Padded(RecordType.Params, _requestId, length).PaddingLength);
        WriteParamsHeader(_openParams, length);
        _lastParams = _openParams;
        _openParams = None;
    }

    /// <summary>Makes room at the end of the PARAMS stream: in its last record, or in a new one.</summary>
    private Span<byte> InsertIntoParams(int size)
    {
        var tail = GetEndOfParams();
        var length = _lastParams == None ? ProtocolLimits.MaxPaddedContentLength : GetContentLength(_lastParams);
        if (length + size > ProtocolLimits.MaxPaddedContentLength)
        {
            _lastParams = tail;
            length = 0;
        }

        var content = _lastParams + ProtocolLimits.HeaderSize + length;
        var newTail = content + size + RecordHeader.Padded(RecordType.Params, _requestId, length + size).PaddingLength;
        var moved = _length - tail;
        Append(newTail - tail);
        _buffer.AsSpan(tail, moved).CopyTo(_buffer.AsSpan(newTail));
        WriteParamsHeader(_lastParams, length + size);
        return _buffer.AsSpan(content, size);
    }

    /// <summary>Where the empty record stands that closes the PARAMS stream. Without params that is behind BEGIN_REQUEST.</summary>
    private int GetEndOfParams()
    {
        if (_lastParams == None)
        {
            return RecordWriter.BeginRequestSize;
        }

        var header = RecordHeader.Read(_buffer.AsSpan(_lastParams), out _);
        return _lastParams + ProtocolLimits.HeaderSize + header.ContentLength + header.PaddingLength;
    }

    private int GetContentLength(int record) => RecordHeader.Read(_buffer.AsSpan(record), out _).ContentLength;

    /// <summary>Writes header and padding of a PARAMS record.</summary>
    private void WriteParamsHeader(int record, int contentLength)
    {
        var header = RecordHeader.Padded(RecordType.Params, _requestId, contentLength);
        header.Write(_buffer.AsSpan(record));
        _buffer.AsSpan(record + ProtocolLimits.HeaderSize + contentLength, header.PaddingLength).Clear();
    }

    private void AppendEmptyRecord(RecordType type) =>
        new RecordHeader(type, _requestId, ContentLength: 0, PaddingLength: 0).Write(Append(ProtocolLimits.HeaderSize));

    /// <summary>Extends what is written by a stretch that the caller must fill: the buffer is dirty.</summary>
    private Span<byte> Append(int size)
    {
        var start = _length;
        var end = checked(start + size);
        if (_buffer is null || end > _buffer.Length)
        {
            Grow(end);
        }

        _length = end;
        return _buffer.AsSpan(start, size);
    }

    private void Grow(int needed)
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        var larger = _pool.Rent((int)Math.Min(Math.Max(needed, 2L * _buffer.Length), Array.MaxLength));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        _pool.Return(_buffer);
        _buffer = larger;
    }
}
