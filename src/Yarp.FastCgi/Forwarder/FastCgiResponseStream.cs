using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The body of a response as a stream, for transforms and for callers of the message handler.</summary>
internal sealed class FastCgiResponseStream : Stream
{
    private readonly FastCgiExchange _exchange;
    private readonly bool _ownsExchange;
    private ReadOnlyMemory<byte> _rest;
    private bool _ended;

    public FastCgiResponseStream(FastCgiExchange exchange, ResponseHead head, bool ownsExchange)
    {
        _exchange = exchange;
        _ownsExchange = ownsExchange;
        exchange.Response.BeginBody(head.ContentLength, head.IsChunked);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="FastCgiException">The response failed or is not complete.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        using var registration = cancellationToken.UnsafeRegister(static state => ((FastCgiExchange)state!).Abort(), _exchange);
        while (_rest.IsEmpty && !_ended)
        {
            switch (_exchange.Response.TryReadBody(out var content))
            {
                case BodyReadStatus.Content:
                    _rest = content.ToArray();
                    break;

                case BodyReadStatus.End:
                    _ended = true;
                    break;

                default:
                    _ended = !await ReceiveAsync().ConfigureAwait(false);
                    break;
            }
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..count].CopyTo(buffer.Span);
        _rest = _rest[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read the response asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_ownsExchange)
        {
            await _exchange.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _ownsExchange)
        {
            // Completes at once: nothing of a message's request is still being sent when its response is disposed.
            var disposed = _exchange.DisposeAsync();
            if (!disposed.IsCompleted)
            {
                _ = disposed.AsTask();
            }
        }

        base.Dispose(disposing);
    }

    /// <returns>False when nothing more comes behind a complete body: that it is not END_REQUEST harms nobody.</returns>
    private async ValueTask<bool> ReceiveAsync()
    {
        var isComplete = _exchange.Response.IsBodyComplete;
        try
        {
            return await _exchange.ReceiveAsync().ConfigureAwait(false) > 0;
        }
        catch (FastCgiException) when (isComplete)
        {
            return false;
        }
    }
}
