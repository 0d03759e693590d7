using System.Buffers;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>A pool of arrays that are full of old content.</summary>
internal sealed class DirtyPool : ArrayPool<byte>
{
    private const byte Dirt = 0xA5;

    /// <summary>Bytes of all arrays that were rented.</summary>
    public long Rented { get; private set; }

    public override byte[] Rent(int minimumLength)
    {
        var array = new byte[minimumLength];
        array.AsSpan().Fill(Dirt);
        Rented += minimumLength;
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
    }
}
