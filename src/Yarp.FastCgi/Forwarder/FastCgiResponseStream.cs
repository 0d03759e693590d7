using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The body of a response as a stream, for transforms and for callers of the message handler.</summary>
internal sealed class FastCgiResponseStream(FastCgiExchange exchange, ResponseHead head, bool ownsExchange) : Stream
{
    private ReadOnlyMemory<byte> _rest;
    private long _remaining = head.ContentLength ?? long.MaxValue;
    private bool _ended;

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

        using var registration = cancellationToken.UnsafeRegister(static state => ((FastCgiExchange)state!).Abort(), exchange);
        while (_rest.IsEmpty && !_ended)
        {
            switch (exchange.Response.TryReadBody(out var content))
            {
                case BodyReadStatus.Content:
                    _rest = Take(content);
                    break;

                case BodyReadStatus.End:
                    _ended = true;
                    head.ThrowIfCutShort(exchange.Response.End, _remaining);
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
        if (ownsExchange)
        {
            await exchange.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsExchange)
        {
            // Completes at once: nothing of a message's request is still being sent when its response is disposed.
            var disposed = exchange.DisposeAsync();
            if (!disposed.IsCompleted)
            {
                _ = disposed.AsTask();
            }
        }

        base.Dispose(disposing);
    }

    /// <returns>False when nothing more comes behind a complete body.</returns>
    private async ValueTask<bool> ReceiveAsync()
    {
        var isComplete = head.IsBodyComplete(_remaining, exchange.Response.StdoutEnded);
        try
        {
            if (await exchange.ReceiveAsync().ConfigureAwait(false) > 0)
            {
                return true;
            }
        }
        catch (FastCgiException) when (isComplete)
        {
            return false;
        }

        if (!isComplete)
        {
            throw new FastCgiException(FastCgiError.ConnectionLost, "The application closed the connection before its response was complete.");
        }

        return false;
    }

    // More than announced is cut (E44).
    private byte[] Take(ReadOnlySpan<byte> content)
    {
        var taken = content[..(int)Math.Min(content.Length, _remaining)];
        _remaining -= taken.Length;
        if (taken.Length < content.Length)
        {
            _ended = true;
            exchange.Abort();
        }

        return taken.ToArray();
    }
}
