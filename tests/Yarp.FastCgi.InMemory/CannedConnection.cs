using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.InMemory;

/// <summary>A connection without a socket, on which each request has had the same answer already.</summary>
internal sealed class CannedConnection(FastCgiEndpoint endpoint, byte[] answer) : PooledConnection(endpoint, TimeProvider.System)
{
    private readonly byte[] _answer = [.. answer];
    private int _received;

    /// <summary>Each would be a send on a socket.</summary>
    public int Sends { get; private set; }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> records)
    {
        Sends++;
        SentBytes += records.Length;
        CannedAnswer.SetRequestId(_answer, RequestId);
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
