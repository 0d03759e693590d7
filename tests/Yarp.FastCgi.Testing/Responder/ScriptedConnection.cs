using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>One accepted connection, driven by a test's script. Reading is strict, sending does whatever it is told.</summary>
public sealed class ScriptedConnection : IDisposable
{
    private readonly TestSocket _socket;
    private readonly Action<ReceivedRequest> _onRequest;
    private ReceivedRequest? _current;

    internal ScriptedConnection(Socket socket, int number, Action<ReceivedRequest> onRequest, CancellationToken stopped)
    {
        _socket = new TestSocket(socket, stopped);
        _onRequest = onRequest;
        Number = number;
    }

    /// <summary>1 for the first accepted connection.</summary>
    public int Number { get; }

    /// <summary>False lets bodies of any size pass by without being kept in <see cref="ReceivedRequest.Records"/>.</summary>
    public bool RetainStdin { get; set; } = true;

    /// <summary>True where the other side is no code of ours: nginx before 1.23 sends a param for each field of a name. The last one counts, as for PHP.</summary>
    public bool AllowRepeatedParams { get; set; }

    private ushort RequestId => _current?.Id ?? 1;

    /// <summary>The next record of any type; null when the other side closed.</summary>
    public Task<WireRecord?> ReadRecordAsync() => WireRecord.ReadAsync(_socket, timeout: null);

    /// <summary>The next record of a kept connection; null when the other side closed instead. Bounded by the end of the test only.</summary>
    public Task<WireRecord?> TryReadRecordAsync() => WireRecord.ReadAsync(_socket, Timeout.InfiniteTimeSpan);

    /// <summary>BEGIN_REQUEST and PARAMS. The body is left to <see cref="ReadStdinAsync"/>.</summary>
    public async Task<ReceivedRequest> ReadHeadAsync() =>
        await TryReadHeadAsync(TestTimeout.Default)
        ?? throw new PeerClosedException("Closed by the other side where a request was due.", PeerClose.Graceful);

    /// <summary>The next piece of the body; empty at its end.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadStdinAsync()
    {
        var record = await ReadRecordAsync()
            ?? throw new PeerClosedException($"Closed by the other side after {_current!.StdinLength} bytes of STDIN.", PeerClose.Graceful);
        _current!.AddStdin(record, RetainStdin);
        return record.Content;
    }

    /// <summary>One whole request, body included.</summary>
    public async Task<ReceivedRequest> ReadRequestAsync()
    {
        var request = await ReadHeadAsync();
        await ReadRemainingStdinAsync();
        return request;
    }

    /// <summary>The params of the next request of a kept connection, as <see cref="TryReadRequestAsync"/>; the body is left.</summary>
    public Task<ReceivedRequest?> TryReadHeadAsync() => TryReadHeadAsync(Timeout.InfiniteTimeSpan);

    /// <summary>The next request of a kept connection; null when the other side closed instead. Bounded by the end of the test only.</summary>
    public async Task<ReceivedRequest?> TryReadRequestAsync()
    {
        var request = await TryReadHeadAsync();
        if (request is not null)
        {
            await ReadRemainingStdinAsync();
        }

        return request;
    }

    public async Task ReadRemainingStdinAsync()
    {
        while (!(await ReadStdinAsync()).IsEmpty)
        {
        }
    }

    public Task SendStdoutAsync(string content, byte padding = 0) => SendStreamAsync(WireRecordType.Stdout, Encoding.UTF8.GetBytes(content), padding);

    public Task SendStdoutAsync(ReadOnlyMemory<byte> content, byte padding = 0) => SendStreamAsync(WireRecordType.Stdout, content, padding);

    /// <summary>The empty STDOUT record.</summary>
    public Task EndStdoutAsync(byte padding = 0) => SendRecordAsync(WireRecordType.Stdout, default, padding);

    public Task SendStderrAsync(string content, byte padding = 0) => SendStreamAsync(WireRecordType.Stderr, Encoding.UTF8.GetBytes(content), padding);

    public Task EndRequestAsync(uint appStatus = 0, byte protocolStatus = 0, byte padding = 0) =>
        SendRawAsync(Wire.EndRequest(appStatus, protocolStatus, padding, RequestId));

    public Task SendRecordAsync(WireRecordType type, ReadOnlyMemory<byte> content, byte padding = 0, ushort? requestId = null, byte version = 1) =>
        SendRawAsync(Wire.Record(type, content.Span, padding, requestId ?? RequestId, version));

    public Task SendRawAsync(ReadOnlyMemory<byte> bytes) => _socket.SendAsync(bytes);

    public async Task SendReplyAsync(Reply reply)
    {
        if (reply.Stderr is { Length: > 0 } stderr)
        {
            await SendStderrAsync(stderr);
        }

        await SendStdoutAsync(reply.Stdout);
        await EndRequestAsync(reply.AppStatus);
    }

    /// <summary>Waits until the other side closes. Bytes that come instead are a violation.</summary>
    public async Task<PeerClose> WaitForPeerCloseAsync()
    {
        try
        {
            var read = await _socket.ReadAsync(new byte[1], "the other side to close the connection");
            ProtocolViolationException.ThrowIf(read > 0, "bytes where the other side should have closed the connection");
            return PeerClose.Graceful;
        }
        catch (PeerClosedException exception)
        {
            return exception.Close;
        }
    }

    public void Close() => _socket.Close();

    /// <inheritdoc cref="TestSocket.Reset"/>
    public void Reset() => _socket.Reset();

    public void ShutdownSend() => _socket.ShutdownSend();

    public void Dispose() => Close();

    internal void OnRequest(ReceivedRequest request) => _onRequest(request);

    private async Task<ReceivedRequest?> TryReadHeadAsync(TimeSpan timeout)
    {
        if (await WireRecord.ReadAsync(_socket, timeout) is not { } begin)
        {
            return null;
        }

        var request = _current = new ReceivedRequest(begin, Number);
        WireRecord? record;
        do
        {
            record = await ReadRecordAsync()
                ?? throw new PeerClosedException($"Closed by the other side inside PARAMS, after {request.Params.Count} pairs.", PeerClose.Graceful);
        }
        while (request.AddParams(record, AllowRepeatedParams));

        _onRequest(request);
        return request;
    }

    private async Task SendStreamAsync(WireRecordType type, ReadOnlyMemory<byte> content, byte padding)
    {
        do
        {
            var piece = content[..Math.Min(content.Length, Wire.MaxContentLength)];
            await SendRecordAsync(type, piece, padding);
            content = content[piece.Length..];
        }
        while (!content.IsEmpty);
    }
}
