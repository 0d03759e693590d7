using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Names and values of params, of lengths around all the borders that they have.</summary>
public static class ParamsGen
{
    /// <summary>Of a value: around the borders of the short form and of a record.</summary>
    public static readonly Gen<int> Length =
        Gen.Frequency((10, Gen.Int[0, 130]), (3, Gen.Int[0, 9000]), (1, Gen.Int[32_000, 33_000]), (1, Gen.Int[65_000, 66_000]));

    public static readonly Gen<(byte[] Name, byte[] Value)[]> Pairs =
        Gen.Select(Gen.Frequency((20, Gen.Int[0, 130]), (1, Gen.Int[0, 40_000])), Length, Gen.Byte)
            .Select((nameLength, valueLength, seed) => (Counting(nameLength, seed), Counting(valueLength, seed + 1)))
            .Array[0, 30];

    /// <summary>Numbers below 100, and so never the dirt of <see cref="DirtyArrayPool"/>: dirt in the output is a leak.</summary>
    public static byte[] Counting(int length, int seed)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)((seed + i) % 100);
        }

        return bytes;
    }
}
