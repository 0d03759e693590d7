using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Records as an application may send them, sensible or not, and how they may arrive.</summary>
public static class RecordGen
{
    /// <summary>Mostly short, now and then as long as a record can be.</summary>
    public static readonly Gen<byte[]> Content =
        from length in Gen.Frequency((8, Gen.Int[0, 40]), (1, Gen.Int[0, 5000]), (1, Gen.Int[65500, 65535]))
        from seed in Gen.Int
        select LooksLikeRecords(length, seed);

    /// <summary>Well-formed, of any type and for any request.</summary>
    public static readonly Gen<RawRecord> Record =
        Gen.Select(Gen.Byte, Gen.UShort, Content, Gen.Byte, Gen.Byte)
            .Select((type, requestId, content, padding, reserved) => new RawRecord(type, requestId, content, LooksLikeRecords(padding, padding), Reserved: reserved));

    /// <summary>Without effect on a response: empty STDERR, and what nobody has asked for.</summary>
    public static readonly Gen<byte[]> Noise = Gen.OneOf(
        Gen.Const(Wire.Stderr("")),
        Gen.Select(Gen.Byte[9, 255], Gen.Byte.Array[0, 20], Gen.Byte[0, 20]).Select((type, content, padding) => Wire.Record((WireRecordType)type, content, padding, requestId: 0)));

    /// <summary>Bytes that come one after the other, taken in turn.</summary>
    public static readonly Gen<int[]> PieceLengths = Gen.Frequency((5, Gen.Int[1, 30]), (1, Gen.Int[1, 70_000])).Array[1, 10];

    /// <summary>Random bytes that look like records, so that a reader that loses the border goes on with nonsense.</summary>
    public static byte[] LooksLikeRecords(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        for (var i = 0; i < length; i += 5)
        {
            bytes[i] = 1;
        }

        return bytes;
    }
}
