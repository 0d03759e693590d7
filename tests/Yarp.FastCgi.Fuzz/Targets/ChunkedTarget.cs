using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>A response body, delimited by <see cref="BodyFraming"/>: chunks are taken off by <see cref="ChunkedDecoder"/>, a length is kept to.</summary>
internal sealed class ChunkedTarget : FuzzTarget
{
    public override string Name => "chunked";

    public override int MaxLength => 20_000;

    public override IReadOnlyList<byte[]> Tokens => WireTokens.Chunks;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var chunks = PlainChunks.Decode(input);
        var length = Cuts.Hash(input) % (input.Length + 2);
        foreach (var cut in Cuts.Of(input))
        {
            Compare(input, cut, new BodyFraming(length: null, isChunked: true), new Body(
                chunks.Content, IsInvalid: chunks.Invalid is not null, IsComplete: chunks.End is not null, HasExcess: chunks.End < input.Length));
            Compare(input, cut, new BodyFraming(length, isChunked: false), new Body(
                input[..Math.Min(length, input.Length)].ToArray(), IsInvalid: false, IsComplete: input.Length >= length, HasExcess: input.Length > length));
            Compare(input, cut, new BodyFraming(length: null, isChunked: false), new Body(
                input.ToArray(), IsInvalid: false, IsComplete: true, HasExcess: false));
        }

        CheckConsumed(input, chunks);
        Allocations.CheckAtMost(0, "Delimiting a body allocates nothing", length, input, static (length, bytes) =>
        {
            Pass(bytes, new BodyFraming(length: null, isChunked: true));
            Pass(bytes, new BodyFraming(length, isChunked: false));
        });
    }

    private static void Compare(ReadOnlySpan<byte> input, int[] cut, BodyFraming framing, Body expected)
    {
        var content = new List<byte>();
        var isInvalid = false;
        var steps = new StepCounter(16 + (4L * input.Length));
        for (int piece = 0, received = 0; received < input.Length && !isInvalid && !framing.HasExcess; piece++)
        {
            var position = received;
            received = Cuts.End(cut, piece, received, input.Length);
            while (position < received && !isInvalid && !framing.HasExcess)
            {
                steps.Step();
                isInvalid = !framing.TryRead(input[position..received], out var consumed, out var part);
                Check.That(consumed >= 0 && consumed <= received - position, "No more is consumed than there is");
                Check.That(consumed > 0 || isInvalid || framing.HasExcess, "Reading a body makes progress");
                content.AddRange(part);
                position += consumed;
            }
        }

        Check.Same(expected.IsInvalid, isInvalid, "A body is refused where a plain reading refuses it");
        Check.SameBytes(expected.Content, content.ToArray(), "The content is that of a plain reading");
        Check.Same(expected.HasExcess, framing.HasExcess, "More than was announced is noticed");
        Check.Same(expected.IsComplete, framing.IsComplete, "The end is where a plain reading sees it");
    }

    /// <summary>What stands behind the last chunk is not the body's.</summary>
    private static void CheckConsumed(ReadOnlySpan<byte> input, PlainChunks expected)
    {
        var decoder = new ChunkedDecoder();
        var position = 0;
        var steps = new StepCounter(16 + (4L * input.Length));
        ChunkedReadStatus status;
        do
        {
            steps.Step();
            status = decoder.Read(input[position..], out var consumed, out var content);
            Check.Same(status == ChunkedReadStatus.Content, !content.IsEmpty, "Content is handed out with its status");
            position += consumed;
        }
        while (status == ChunkedReadStatus.Content);

        Check.Same(expected.End ?? (expected.Invalid + 1) ?? input.Length, position, "Nothing behind the body is consumed");
        Check.Same(expected.End is not null, decoder.HasEnded, "The end is where a plain reading sees it");
        if (status != ChunkedReadStatus.NeedMoreData)
        {
            Check.Same(status, decoder.Read("5\r\nhello\r\n"u8, out var more, out _), "What has ended stays so");
            Check.Same(0, more, "What has ended reads no more");
        }
    }

    private static void Pass(ReadOnlySpan<byte> input, BodyFraming framing)
    {
        while (!input.IsEmpty && framing.TryRead(input, out var consumed, out _) && !framing.HasExcess)
        {
            input = input[consumed..];
        }
    }

    private sealed record Body(byte[] Content, bool IsInvalid, bool IsComplete, bool HasExcess);
}
