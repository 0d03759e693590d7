using System.Buffers;
using System.Diagnostics;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>A pooled contiguous buffer: bytes are received at its end and consumed from its start.</summary>
/// <remarks>A mutable struct: hold it in a field that is not readonly.</remarks>
internal struct ReceiveBuffer
{
    private const int InitialSize = 16 * 1024;

    // A record of full length with its padding fits, so that a large body takes one receive per record.
    private const int LargeSize = 128 * 1024;

    private byte[]? _array;
    private int _start;
    private int _end;

    /// <summary>Received and not yet consumed.</summary>
    public readonly ReadOnlySpan<byte> Unread => _array.AsSpan(_start, _end - _start);

    /// <summary>The length of <see cref="Unread"/>. Another thread that asks while it is consumed may see what it was a moment ago.</summary>
    public readonly int UnreadLength => _end - _start;

    public void Consume(int count) => _start += count;

    /// <summary>Where the next bytes go; never empty. The spans of <see cref="Unread"/> taken before are invalid afterwards.</summary>
    public Memory<byte> MakeRoom()
    {
        _array ??= ArrayPool<byte>.Shared.Rent(InitialSize);
        if (_start == _end)
        {
            var wasFilled = _end == _array.Length;
            _start = _end = 0;
            if (wasFilled && _array.Length < LargeSize)
            {
                Grow(_array);
            }
        }
        else if (_end == _array.Length)
        {
            if (_start > 0)
            {
                Unread.CopyTo(_array);
                _end -= _start;
                _start = 0;
            }
            else
            {
                Grow(_array);
            }
        }

        return _array.AsMemory(_end);
    }

    /// <summary>So many bytes have been put where <see cref="MakeRoom"/> said.</summary>
    public void Add(int count) => _end += count;

    /// <summary>
    /// Takes over an array of the shared pool with what was received in front, and hands out in exchange the one that has been
    /// consumed, unless it is large or there is none.
    /// </summary>
    public byte[]? Exchange(byte[] filled, int count)
    {
        var unread = Unread;
        if (!unread.IsEmpty)
        {
            var joined = ArrayPool<byte>.Shared.Rent(unread.Length + count);
            unread.CopyTo(joined);
            filled.AsSpan(0, count).CopyTo(joined.AsSpan(unread.Length));
            count += unread.Length;
            ArrayPool<byte>.Shared.Return(filled);
            filled = joined;
        }

        var emptied = _array;
        _array = filled;
        _start = 0;
        _end = count;
        if (emptied is { Length: > LargeSize })
        {
            ArrayPool<byte>.Shared.Return(emptied);
            emptied = null;
        }

        return emptied;
    }

    /// <summary>Gives the memory back; the buffer is empty afterwards.</summary>
    public void Release()
    {
        if (_array is { } array)
        {
            _array = null;
            _start = _end = 0;
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    // Happens once: the reader consumes all but an incomplete record header before it receives again.
    private void Grow(byte[] array)
    {
        Debug.Assert(array.Length < LargeSize, "Nothing of a full buffer was consumed.");
        var larger = ArrayPool<byte>.Shared.Rent(LargeSize);
        var count = _end - _start;
        Unread.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(array);
        _array = larger;
        _start = 0;
        _end = count;
    }
}
