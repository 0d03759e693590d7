using System.Text;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>
/// Name-value pairs. The input is read as pairs by <see cref="ParamsReader"/>; and the pairs that it suggests, with lengths cut to what there is,
/// are written by <see cref="RequestWriter"/> and read back from its records.
/// </summary>
internal sealed class ParamsTarget : FuzzTarget
{
    private const int MaxPairSize = 65528;
    private const int MinAllocated = 8 * 1024;

    public override string Name => "params";

    public override int MaxLength => 140_000;

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        [0, 0], [1, 0, (byte)'A'], [0, 1, (byte)'b'], [1, 1, (byte)'A', (byte)'b'], [127, 127], [0x80, 0, 0, 127], [0x80, 0, 0, 128], [0x80, 0, 0xFF, 0xF8],
        [0xFF, 0xFF, 0xFF, 0xFF], [0xC0, 0, 0, 0, 0xC0, 0, 0, 0], [0x80, 0], .. WireTokens.FromText("SCRIPT_FILENAME", "HTTP_PROXY", "\0", "\n", "é"),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        Compare(input);
        var pairs = PlainParams.Suggest(input);
        WriteAndReadBack(pairs, asText: false);
        WriteAndReadBack(pairs, asText: true);
    }

    private static void Compare(ReadOnlySpan<byte> input)
    {
        var (expected, isMalformed) = PlainParams.Read(input);
        var reader = new ParamsReader(input);
        var count = 0;
        var steps = new StepCounter(16 + input.Length);
        while (reader.TryRead(out var name, out var value))
        {
            steps.Step();
            Check.That(count < expected.Count, "There are no more pairs than in a plain reading");
            Check.SameBytes(expected[count].Name, name, "The name is that of a plain reading");
            Check.SameBytes(expected[count].Value, value, "The value is that of a plain reading");
            count++;
        }

        Check.Same(expected.Count, count, "There are no fewer pairs than in a plain reading");
        Check.Same(isMalformed, reader.IsMalformed, "Lengths that point behind the end are noticed");
        Check.That(!reader.TryRead(out _, out _), "What has ended stays so");

        Allocations.CheckAtMost(0, "Reading params allocates nothing", 0, input, static (_, bytes) => Pass(bytes));
    }

    private static void Pass(ReadOnlySpan<byte> content)
    {
        var reader = new ParamsReader(content);
        while (reader.TryRead(out _, out _))
        {
        }
    }

    private static void WriteAndReadBack(List<PlainParam> pairs, bool asText)
    {
        var pool = new DirtyArrayPool();
        using var writer = new RequestWriter(pool);
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        var written = new List<PlainParam>();
        foreach (var pair in pairs)
        {
            var isAdded = asText
                ? writer.TryAddParam(pair.Name, Check.Latin1(pair.Value), Encoding.Latin1)
                : writer.TryAddParam(pair.Name, pair.Value);
            Check.Same(pair.WrittenSize <= MaxPairSize, isAdded, "A pair is written when it fits into one record");
            if (isAdded)
            {
                written.Add(pair);
            }
        }

        writer.EndParams();
        writer.EndStdin();
        CheckRecords(writer.Written.Span, written);
        Check.That(pool.LargestRented <= MinAllocated + (2L * writer.Written.Length), "The buffer grows with what is written");
    }

    private static void CheckRecords(ReadOnlySpan<byte> bytes, List<PlainParam> written)
    {
        var records = PlainRecords.Read(bytes);
        Check.That(records is { IsAtBoundary: true, IsUnsupported: false } && records.Records.Count >= 3, "What is written is whole records");
        Check.Same((byte)RecordType.BeginRequest, records.Records[0].Type, "BEGIN_REQUEST comes first");
        Check.Same(((byte)RecordType.Stdin, 0), (records.Records[^1].Type, records.Records[^1].ContentLength), "The end of STDIN comes last");
        var read = new List<PlainParam>();
        var content = records.Records[1..^1];
        for (var i = 0; i < content.Count; i++)
        {
            Check.Same((byte)RecordType.Params, content[i].Type, "Params stand between them");
            Check.Same(i < content.Count - 1, content[i].ContentLength > 0, "An empty record ends the params, and only the last is empty");
            Check.That(content[i].ContentLength + content[i].PaddingLength <= ushort.MaxValue, "Applications accept the record");
            Check.That(!bytes[((int)content[i].End - content[i].PaddingLength)..(int)content[i].End].ContainsAnyExcept((byte)0), "Padding holds nothing that was in the buffer");
            var (pairs, isMalformed) = PlainParams.Read(content[i].Content);
            Check.That(!isMalformed, "No pair goes on in another record");
            read.AddRange(pairs);
        }

        Check.Same(written.Count, read.Count, "As many pairs are read as were written");
        foreach (var (expected, actual) in written.Zip(read))
        {
            Check.SameBytes(expected.Name, actual.Name, "A name is read as it was written");
            Check.SameBytes(expected.Value, actual.Value, "A value is read as it was written");
        }
    }
}
