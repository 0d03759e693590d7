using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>
/// The application's side of one FastCGI connection: one request at a time, answered when it is complete.
/// Whatever the specification does not allow ends the connection.
/// </summary>
internal sealed class DemoConnection(Socket socket) : IDisposable
{
    // Only a partial record header stays in the buffer between two reads.
    private const int ReceiveBufferSize = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly byte[] _beginBody = new byte[8];
    private int _beginLength;
    private DemoRequestBuilder? _request;
    private ushort _requestId;
    private bool _keepConnection;
    private bool _paramsComplete;

    public async Task ServeAsync(CancellationToken stop)
    {
        var buffer = new byte[ReceiveBufferSize];
        var reader = new RecordReader();
        var length = 0;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(length), stop);
            if (received == 0)
            {
                return;
            }

            length += received;
            var goOn = Receive(ref reader, buffer.AsSpan(0, length), out var consumed);
            buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
            length -= consumed;

            await SendAsync(stop);
            if (!goOn)
            {
                return;
            }
        }
    }

    public void Dispose()
    {
        _request?.Dispose();
        socket.Dispose();
    }

    /// <returns>Whether the connection stays open.</returns>
    private bool Receive(ref RecordReader reader, ReadOnlySpan<byte> input, out int consumed)
    {
        consumed = 0;
        while (true)
        {
            var status = reader.Read(input[consumed..], out var read, out var fragment);
            consumed += read;
            if (status != RecordReadStatus.Fragment)
            {
                return status == RecordReadStatus.NeedMoreData;
            }

            if (!Receive(fragment))
            {
                return false;
            }
        }
    }

    private bool Receive(RecordFragment fragment) => fragment.Header switch
    {
        { RequestId: 0 } => ReceiveManagement(fragment),
        { Type: RecordType.BeginRequest } => ReceiveBegin(fragment),
        // Records of a request that was refused or is over (FastCGI 1.0 section 3.3).
        { RequestId: var id } when _request is null || id != _requestId => true,
        { Type: RecordType.Params } => ReceiveParams(fragment),
        { Type: RecordType.Stdin } => ReceiveStdin(fragment),
        { Type: RecordType.AbortRequest } => End(appStatus: 1, FastCgiProtocolStatus.RequestComplete),
        _ => false,
    };

    // Section 4.2: management records that an application does not understand are answered with their type.
    private bool ReceiveManagement(RecordFragment fragment)
    {
        if (fragment.IsLast)
        {
            ResponseRecords.WriteUnknownType(_output, fragment.Header.Type);
        }

        return true;
    }

    private bool ReceiveBegin(RecordFragment fragment)
    {
        if (fragment.IsFirst)
        {
            _beginLength = 0;
        }

        if (fragment.Content.Length > _beginBody.Length - _beginLength)
        {
            return false;
        }

        fragment.Content.CopyTo(_beginBody.AsSpan(_beginLength));
        _beginLength += fragment.Content.Length;
        if (!fragment.IsLast)
        {
            return true;
        }

        return _beginLength == _beginBody.Length && Begin(fragment.Header.RequestId);
    }

    private bool Begin(ushort requestId)
    {
        if (_request is not null)
        {
            if (requestId == _requestId)
            {
                return false;
            }

            ResponseRecords.WriteEnd(_output, requestId, appStatus: 0, FastCgiProtocolStatus.CantMultiplex);
            return true;
        }

        var role = (FastCgiRole)BinaryPrimitives.ReadUInt16BigEndian(_beginBody);
        _keepConnection = (_beginBody[2] & ProtocolLimits.KeepConnectionFlag) != 0;
        if (role != FastCgiRole.Responder)
        {
            ResponseRecords.WriteEnd(_output, requestId, appStatus: 0, FastCgiProtocolStatus.UnknownRole);
            return _keepConnection;
        }

        _request = new DemoRequestBuilder();
        _requestId = requestId;
        _paramsComplete = false;
        return true;
    }

    private bool ReceiveParams(RecordFragment fragment)
    {
        if (_paramsComplete)
        {
            return false;
        }

        _paramsComplete = fragment.Header.ContentLength == 0;
        return _request!.TryAddParams(fragment.Content);
    }

    private bool ReceiveStdin(RecordFragment fragment)
    {
        if (!_paramsComplete)
        {
            return false;
        }

        if (fragment.Header.ContentLength > 0)
        {
            _request!.AddStdin(fragment.Content);
            return true;
        }

        if (!_request!.TryBuild(out var request))
        {
            return false;
        }

        var response = new ArrayBufferWriter<byte>();
        DemoResponse.Write(response, request);
        ResponseRecords.WriteStdout(_output, _requestId, response.WrittenSpan);
        return End(appStatus: 0, FastCgiProtocolStatus.RequestComplete);
    }

    private bool End(uint appStatus, FastCgiProtocolStatus status)
    {
        ResponseRecords.WriteEnd(_output, _requestId, appStatus, status);
        _request!.Dispose();
        _request = null;
        return _keepConnection;
    }

    private async Task SendAsync(CancellationToken stop)
    {
        var pending = _output.WrittenMemory;
        while (pending.Length > 0)
        {
            pending = pending[await socket.SendAsync(pending, stop)..];
        }

        _output.ResetWrittenCount();
    }
}
