using System.Buffers;

namespace Yarp.FastCgi.Testing;

/// <summary>A pool of arrays full of old content, which counts what is rented.</summary>
public sealed class DirtyArrayPool : ArrayPool<byte>
{
    public const byte Dirt = 0xA5;

    private readonly HashSet<byte[]> _rented = [];

    public int RentedCount => _rented.Count;

    public int LargestRented => _rented.Max(array => array.Length);

    public override byte[] Rent(int minimumLength)
    {
        var array = new byte[minimumLength];
        array.AsSpan().Fill(Dirt);
        _rented.Add(array);
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        if (!_rented.Remove(array))
        {
            throw new InvalidOperationException("Returned an array that is not rented.");
        }
    }
}
