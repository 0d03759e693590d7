using System.Buffers;
using System.IO.Pipelines;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>The writer of a <see cref="CapturedResponse"/>.</summary>
internal sealed class CapturedWriter(CapturedResponse response) : PipeWriter
{
    private const int DroppedSize = 4096;

    private ArrayBufferWriter<byte>? _dropped;
    private Memory<byte> _memory;

    public override bool CanGetUnflushedBytes => response.Begun is null or { CanGetUnflushedBytes: true };

    public override long UnflushedBytes => response.Begun?.UnflushedBytes ?? 0;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        // Held until Advance, where what was written into it is copied.
        _memory = response.Target is { } target ? target.GetMemory(sizeHint) : GetDroppedMemory(sizeHint);
        return _memory;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        response.Append(_memory.Span[..bytes]);
        _memory = _memory[bytes..];
        response.Target?.Advance(bytes);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        var target = response.Target;
        response.Append(source.Span);
        return target is null ? new(new FlushResult(isCanceled: false, isCompleted: false)) : target.WriteAsync(source, cancellationToken);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        => response.Target is { } target ? target.FlushAsync(cancellationToken) : new(new FlushResult(isCanceled: false, isCompleted: false));

    public override void CancelPendingFlush() => response.Begun?.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => response.Begun?.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => response.Begun is { } target ? target.CompleteAsync(exception) : ValueTask.CompletedTask;

    private Memory<byte> GetDroppedMemory(int sizeHint)
    {
        _dropped ??= new ArrayBufferWriter<byte>(DroppedSize);
        return _dropped.GetMemory(sizeHint);
    }
}
