using System.Text;
using CsCheck;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Targets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Tests.Targets;

/// <summary>What the generators of the property tests make, given to the targets: each input is checked against a plain reading.</summary>
public class GeneratedInputTests
{
    static GeneratedInputTests() => ThrowingTraceListener.Install();

    [Fact]
    public void Records_Generated_AreReadAsByAPlainReading() =>
        Check(new RecordsTarget(), RecordGen.Record.Array[0, 12].Select(records => RawRecord.Join(records)), iterations: 300);

    [Fact]
    public void Responses_Generated_AreReadAsByAPlainReading() =>
        Check(new ResponseTarget(), Gen.OneOf(ResponseGen.Sound.Select(response => response.Bytes), ResponseGen.Any), iterations: 150);

    [Fact]
    public void Heads_Generated_AreReadAsByAPlainReading() =>
        Check(new HeadTarget(), Gen.OneOf(HeadGen.Any, HeadGen.Sound.Select(head => Encoding.Latin1.GetBytes(head.Text))), iterations: 1000);

    [Fact]
    public void Chunks_Generated_AreDecodedAsByAPlainReading() =>
        Check(new ChunkedTarget(), Gen.OneOf(ChunkGen.Any, Gen.Select(ChunkGen.Chunks, ChunkGen.Text, ChunkGen.Text).Select(ChunkGen.Encode)), iterations: 1000);

    [Fact]
    public void Params_Generated_AreReadBack() =>
        Check(new ParamsTarget(), ParamsGen.Pairs.Select(pairs => Encode(pairs)), iterations: 200);

    [Fact]
    public void RequestHeaders_Generated_BecomeTheParamsThatTheDocumentationSays() =>
        Check(
            new HeadersTarget(),
            Gen.Select(RequestHeaderGen.Name, RequestHeaderGen.Value).Array[0, 20].Select(fields => Encoding.Latin1.GetBytes(string.Concat(fields.Select(field => $"{field.Item1}: {field.Item2}\n")))),
            iterations: 300);

    [Fact]
    public void Paths_Generated_LeadWhereAPlainReadingSays() => Check(new PathTarget(), PathGen.Any.Select(Encoding.UTF8.GetBytes), iterations: 500);

    [Fact]
    public void Locations_Generated_AreLocalWhenAPlainReadingSaysSo() => Check(new LocationTarget(), TargetGen.Any.Select(Encoding.Latin1.GetBytes), iterations: 1000);

    private static void Check(FuzzTarget target, Gen<byte[]> inputs, int iterations)
    {
        using (target)
        {
            inputs.Sample(input => target.Run(input), iter: iterations, threads: 1, print: Convert.ToHexString);
        }
    }

    private static byte[] Encode((byte[] Name, byte[] Value)[] pairs)
    {
        var content = new List<byte>();
        foreach (var (name, value) in pairs)
        {
            AddLength(content, name.Length);
            AddLength(content, value.Length);
            content.AddRange(name);
            content.AddRange(value);
        }

        return [.. content];
    }

    private static void AddLength(List<byte> content, int length)
        => content.AddRange(length < 128 ? [(byte)length] : [(byte)(0x80 | (length >> 24)), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
}
