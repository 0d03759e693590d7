namespace Yarp.FastCgi.Forwarder;

/// <summary>Writes at a limited rate: the bytes of a tenth of a second at a time, each when its time has come.</summary>
internal sealed class LimitedStream : WriteOnlyStream
{
    private const int PiecesPerSecond = 10;

    private readonly Stream _inner;
    private readonly long _bytesPerSecond;
    private readonly TimeProvider _timeProvider;
    private readonly Action _progress;
    private readonly int _pieceSize;
    private long _start;
    private long _written;

    /// <inheritdoc cref="LimitedResponseBody(Microsoft.AspNetCore.Http.Features.IHttpResponseBodyFeature, long, TimeProvider, Action)"/>
    public LimitedStream(Stream inner, long bytesPerSecond, TimeProvider timeProvider, Action progress)
    {
        _inner = inner;
        _bytesPerSecond = bytesPerSecond;
        _timeProvider = timeProvider;
        _progress = progress;
        _pieceSize = (int)Math.Clamp(bytesPerSecond / PiecesPerSecond, 1, int.MaxValue);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            await WaitForTurnAsync(cancellationToken).ConfigureAwait(false);
            var piece = buffer[..Math.Min(buffer.Length, _pieceSize)];
            await _inner.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            await _inner.FlushAsync(cancellationToken).ConfigureAwait(false);
            _written += piece.Length;
            buffer = buffer[piece.Length..];
            _progress();
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException("Responses are written asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Responses are written asynchronously.");

    private async ValueTask WaitForTurnAsync(CancellationToken cancellationToken)
    {
        if (_written == 0)
        {
            _start = _timeProvider.GetTimestamp();
            return;
        }

        var due = TimeSpan.FromSeconds((double)_written / _bytesPerSecond);
        var wait = due - _timeProvider.GetElapsedTime(_start);
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // Time that was not used is lost: no burst makes up for it.
            _start = _timeProvider.GetTimestamp() - (long)(due.TotalSeconds * _timeProvider.TimestampFrequency);
        }
    }
}
