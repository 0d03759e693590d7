using System.Buffers;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>A copy of a body while it passes, up to a limit.</summary>
internal sealed class BoundedCopy(int limit) : IDisposable
{
    private const int FirstSize = 4096;

    private byte[]? _buffer;
    private int _length;

    /// <summary>Whether there was more than the limit; nothing is kept then.</summary>
    public bool IsOver { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (IsOver)
        {
            return;
        }

        if (bytes.Length > limit - _length)
        {
            IsOver = true;
            Dispose();
            return;
        }

        if (_buffer is null || _length + bytes.Length > _buffer.Length)
        {
            Grow(_length + bytes.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    public void Dispose()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            _length = 0;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(FirstSize, length), (int)Math.Min(2L * _length, limit)));
        Written.CopyTo(larger);
        var (before, written) = (_buffer, _length);
        _buffer = larger;
        _length = written;
        if (before is not null)
        {
            ArrayPool<byte>.Shared.Return(before);
        }
    }
}
