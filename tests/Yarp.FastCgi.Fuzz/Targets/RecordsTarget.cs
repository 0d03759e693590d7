using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>What an application sends, cut into records by <see cref="RecordReader"/>.</summary>
internal sealed class RecordsTarget : FuzzTarget
{
    public override string Name => "records";

    public override int MaxLength => 140_000;

    public override IReadOnlyList<byte[]> Tokens => WireTokens.Records;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var expected = PlainRecords.Read(input);
        foreach (var cut in Cuts.Of(input))
        {
            Compare(input, cut, expected);
        }

        Allocations.CheckAtMost(0, "Reading records allocates nothing", 0, input, static (_, bytes) => Pass(bytes));
    }

    private static void Compare(ReadOnlySpan<byte> input, int[] cut, PlainRecords expected)
    {
        var reader = new RecordReader();
        var status = RecordReadStatus.NeedMoreData;
        var consumed = 0;
        var records = 0;
        var content = new List<byte>();
        var isInRecord = false;
        var steps = new StepCounter(16 + (4L * input.Length));
        for (int piece = 0, received = 0; received < input.Length && status != RecordReadStatus.UnsupportedVersion; piece++)
        {
            received = Cuts.End(cut, piece, received, input.Length);
            do
            {
                steps.Step();
                status = reader.Read(input[consumed..received], out var count, out var fragment);
                Check.That(count >= 0 && count <= received - consumed, "No more is consumed than there is");
                consumed += count;
                if (status != RecordReadStatus.Fragment)
                {
                    Check.That(fragment.Content.IsEmpty, "Content is handed out with a fragment only");
                    continue;
                }

                Check.That(count > 0, "A fragment consumes something");
                Check.That(records < expected.Records.Count, "There are no more records than in a plain reading");
                var record = expected.Records[records];
                Check.Same((record.Type, record.RequestId, record.ContentLength, record.PaddingLength), Fields(fragment.Header), "The header is that of a plain reading");
                Check.Same(!isInRecord, fragment.IsFirst, "The first fragment is marked");
                content.AddRange(fragment.Content);
                isInRecord = !fragment.IsLast;
                if (fragment.IsLast)
                {
                    Check.Same(record.ContentLength, content.Count, "The last fragment ends the content");
                    CheckContent(record, content);
                    records++;
                }
            }
            while (status == RecordReadStatus.Fragment);
        }

        if (isInRecord)
        {
            CheckContent(expected.Records[records], content);
            records++;
        }

        Check.Same(expected.Records.Count, records, "There are no fewer records than in a plain reading");
        Check.Same(expected.IsUnsupported, status == RecordReadStatus.UnsupportedVersion, "Another version ends the stream");
        Check.Same(expected.Consumed, consumed, "What belongs to records is consumed");
        Check.Same(expected.IsAtBoundary, reader.IsAtBoundary, "The border of records is known");
    }

    private static void CheckContent(PlainRecord expected, List<byte> content)
    {
        Check.SameBytes(expected.Content, content.ToArray(), "The content is that of a plain reading");
        content.Clear();
        if (expected.Type == (byte)RecordType.EndRequest && expected.IsWhole)
        {
            Check.Same(expected.Content.Length >= EndRequestBody.Size, EndRequestBody.TryRead(expected.Content, out var end), "END_REQUEST has eight bytes");
            Check.That(
                expected.Content.Length < EndRequestBody.Size || ((end.AppStatus >> 24) == expected.Content[0] && (byte)end.AppStatus == expected.Content[3] && (byte)end.ProtocolStatus == expected.Content[4]),
                "END_REQUEST holds both statuses");
        }
    }

    private static (byte Type, int RequestId, int ContentLength, int PaddingLength) Fields(RecordHeader header)
        => ((byte)header.Type, header.RequestId, header.ContentLength, header.PaddingLength);

    private static void Pass(ReadOnlySpan<byte> input)
    {
        var reader = new RecordReader();
        while (reader.Read(input, out var consumed, out _) == RecordReadStatus.Fragment)
        {
            input = input[consumed..];
        }
    }
}
