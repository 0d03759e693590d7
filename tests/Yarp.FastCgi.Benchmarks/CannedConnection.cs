using System.Buffers.Binary;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>A connection without a socket, on which each request has had the same answer already.</summary>
internal sealed class CannedConnection(FastCgiEndpoint endpoint, byte[] answer) : PooledConnection(endpoint, TimeProvider.System)
{
    private readonly byte[] _answer = [.. answer];
    private int _received;

    public override ValueTask SendAsync(ReadOnlyMemory<byte> records)
    {
        // Each request of a kept connection has an id of its own.
        for (var start = 0; start < _answer.Length;)
        {
            var header = _answer.AsSpan(start, ProtocolLimits.HeaderSize);
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], RequestId);
            start += ProtocolLimits.HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        }

        _received = 0;
        return ValueTask.CompletedTask;
    }

    public override ValueTask<int> ReceiveAsync()
    {
        var room = Input.MakeRoom();
        var count = Math.Min(room.Length, _answer.Length - _received);
        _answer.AsSpan(_received, count).CopyTo(room.Span);
        _received += count;
        Input.Add(count);
        return ValueTask.FromResult(count);
    }

    public override bool IsQuiet() => true;

    public override void Dispose()
    {
        Deadline.Dispose();
        Input.Release();
    }

    protected override void OnAborted()
    {
    }
}
