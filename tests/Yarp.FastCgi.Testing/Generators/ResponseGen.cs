using CsCheck;

namespace Yarp.FastCgi.Testing;

/// <summary>Whole responses of applications.</summary>
public static class ResponseGen
{
    /// <summary>Heads and a body cut anywhere into records, with STDERR and noise between them, to END_REQUEST.</summary>
    public static readonly Gen<SentResponse> Sound =
        from informational in HeadGen.Sound.Array[0, 2]
        from final in HeadGen.Sound
        from body in Gen.OneOf(Gen.Byte.Array[0, 300], Gen.OneOf(Gen.Const((byte)'\n'), Gen.Const((byte)'\r')).Array[0, 10])
        from stdoutLengths in Gen.Int[1, 60].Array[1, 10]
        from stderr in Gen.Char['a', 'z'].Array[1, 40].Array[0, 4]
        from noise in RecordGen.Noise.Array[0, 4]
        from paddings in Gen.Byte[0, 40].Array[1, 5]
        from endsStdout in Gen.Bool
        from order in Gen.Int
        select new SentResponse([.. informational, final], body, stdoutLengths, stderr, noise, paddings, endsStdout, order);

    /// <summary>Heads, bodies in the chunked coding, STDERR, END_REQUEST and any other records in any order and of any size, seldom sound.</summary>
    public static readonly Gen<byte[]> Any =
        Gen.Frequency(
            (6, Gen.Select(HeadGen.Any, Gen.Byte[0, 9]).Select((content, padding) => Wire.Record(WireRecordType.Stdout, content, padding))),
            (3, HeadGen.Sound.Select(head => Wire.Record(WireRecordType.Stdout, head.Text))),
            (3, ChunkGen.Any.Select(content => Wire.Record(WireRecordType.Stdout, content))),
            (2, Gen.Select(Gen.UInt, Gen.Byte[0, 4], Gen.Byte[0, 9]).Select((appStatus, protocolStatus, padding) => Wire.EndRequest(appStatus, protocolStatus, padding))),
            (1, Gen.Char['a', 'z'].Array[0, 20].Select(text => Wire.Stderr(new string(text)))),
            (1, RecordGen.Noise),
            (1, Gen.Byte.Array[0, 12]))
            .Array[0, 8]
            .Select(Wire.Join);

    /// <summary>Bytes in pieces of the given lengths, which are taken in turn.</summary>
    public static IEnumerable<byte[]> Cut(byte[] bytes, int[] pieceLengths)
    {
        for (int i = 0, position = 0; position < bytes.Length; i++)
        {
            var length = Math.Min(pieceLengths[i % pieceLengths.Length], bytes.Length - position);
            yield return bytes[position..(position + length)];
            position += length;
        }
    }
}
