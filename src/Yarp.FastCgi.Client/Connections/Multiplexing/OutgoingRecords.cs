using System.Diagnostics;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>What a request has still to send over a multiplexed connection. The lock of the sender guards it.</summary>
internal sealed class OutgoingRecords(ushort requestId)
{
    private readonly PendingOperation<bool> _sending = new();
    private ReadOnlyMemory<byte> _rest;

    public ushort RequestId => requestId;

    /// <summary>Whether anything of the request is on its way.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether the request is on its way to its end, the empty STDIN record.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether the request was given up, and nothing more of it is sent.</summary>
    public bool IsCanceled { get; set; }

    /// <summary>Whether the request waits for its turn.</summary>
    public bool IsWaiting { get; private set; }

    public bool IsEmpty => _rest.IsEmpty;

    /// <summary>Sets whole records to be sent.</summary>
    public void Set(ReadOnlyMemory<byte> records) => _rest = records;

    /// <summary>Moves whole records, as many as fit, and gives them the request's own id.</summary>
    /// <returns>The number of bytes.</returns>
    public int MoveTo(Span<byte> destination)
    {
        var moved = 0;
        while (!_rest.IsEmpty)
        {
            var records = _rest.Span;
            var header = RecordHeader.Read(records, out _);
            var size = ProtocolLimits.HeaderSize + header.ContentLength + header.PaddingLength;
            Debug.Assert(size <= records.Length, "Part of a record was to be sent.");
            if (size > destination.Length)
            {
                break;
            }

            records[..size].CopyTo(destination);
            (header with { RequestId = requestId }).Write(destination);
            if (header.Type == RecordType.BeginRequest)
            {
                // The connection outlives the request, whatever it knows about that (section 5.1).
                destination[ProtocolLimits.HeaderSize + 2] |= ProtocolLimits.KeepConnectionFlag;
            }

            HasBegun = true;
            IsComplete |= header is { Type: RecordType.Stdin, ContentLength: 0 };
            destination = destination[size..];
            moved += size;
            _rest = _rest[size..];
        }

        return moved;
    }

    /// <summary>Waits for its turn.</summary>
    /// <returns>True when everything is on its way, false when nothing more will be.</returns>
    public ValueTask<bool> WaitAsync()
    {
        IsWaiting = true;
        return _sending.Begin();
    }

    /// <summary>Ends the wait, and forgets what was not sent: it is its owner's again.</summary>
    public void EndWait(bool isSent)
    {
        IsWaiting = false;
        _rest = default;
        _sending.Complete(isSent);
    }
}
