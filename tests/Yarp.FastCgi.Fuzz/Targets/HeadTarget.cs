using System.Text;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>A response head, found, judged and reported by <see cref="ResponseHeadParser"/>.</summary>
internal sealed class HeadTarget : FuzzTarget
{
    public override string Name => "head";

    public override IReadOnlyList<byte[]> Tokens => WireTokens.Head;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var end = PlainHead.FindEnd(input);
        foreach (var cut in Cuts.Of(input))
        {
            Check.Same(end, FindEnd(input, cut), "The blank line is found where it is, however the head arrives");
        }

        foreach (var acceptStatusLine in new[] { false, true })
        {
            Judge(input, acceptStatusLine);
            if (end >= 0)
            {
                Judge(input[..end], acceptStatusLine);
            }
        }
    }

    private static int FindEnd(ReadOnlySpan<byte> input, int[] cut)
    {
        var end = -1;
        for (int piece = 0, received = 0; received < input.Length && end < 0; piece++)
        {
            var examined = received;
            received = Cuts.End(cut, piece, received, input.Length);
            end = ResponseHeadParser.FindEnd(input[..received], examined);
        }

        return end;
    }

    private static void Judge(ReadOnlySpan<byte> head, bool acceptStatusLine)
    {
        var expected = PlainHead.Parse(head, acceptStatusLine);
        var error = ResponseHeadParser.Validate(head, acceptStatusLine, out var info);
        Check.Same(expected.Error, error, "A head is refused for the reason of a plain reading");
        if (error == ResponseHeadError.None)
        {
            var fields = new FieldCollector();
            ResponseHeadParser.Report(head, ref fields);
            Check.Same(expected.StatusCode, info.StatusCode, "The status is that of a plain reading");
            Check.Same(expected.Reason, Check.Latin1(info.ReasonPhrase), "The reason is that of a plain reading");
            Check.Same(expected.ContentLength, info.ContentLength, "The length is that of a plain reading");
            Check.Same(expected.Coding, info.TransferCoding, "The coding is that of a plain reading");
            Check.Same((expected.HasLocation, expected.HasStatus), (info.HasLocation, info.HasStatus), "Location and Status are seen as by a plain reading");
            CheckFields(expected, fields.Fields);
            Check.That(!info.ReasonPhrase.ContainsAnyInRange((byte)0, (byte)8) && !info.ReasonPhrase.ContainsAnyInRange((byte)10, (byte)31) && !info.ReasonPhrase.Contains((byte)0x7F), "No control character gets out");
        }

        var untouched = new FieldCollector();
        Check.That(ResponseHeadParser.Parse(head, ref untouched, out _) == ResponseHeadError.None || untouched.Fields.Count == 0, "A refused head leaves no trace");
        Allocations.CheckAtMost(0, "Parsing a head allocates nothing", 0, head, static (_, bytes) => Pass(bytes));
    }

    private static void CheckFields(PlainHead expected, List<(string Name, string Value)> fields)
    {
        Check.Same(string.Join('\n', expected.Fields), string.Join('\n', fields), "The fields are those of a plain reading");
        foreach (var (name, value) in fields)
        {
            // Said again, whatever the plain reading says: nothing may split or smuggle a response further on.
            Check.That(name.Length > 0 && name.All(c => c is > ' ' and < '\x7F' and not ':'), "A name is of visible ASCII characters");
            Check.That(!value.Any(c => c is < ' ' and not '\t' or '\x7F'), "No control character gets out");
            Check.Same(value.Trim(' ', '\t'), value, "Blanks around a value are gone");
            Check.That(!name.Equals("Status", StringComparison.OrdinalIgnoreCase), "Status is not forwarded");
            Check.That(ResponseHeaderNames.Get(Encoding.Latin1.GetBytes(name)).Equals(name, StringComparison.OrdinalIgnoreCase), "A shared name is the same name");
        }
    }

    private static void Pass(ReadOnlySpan<byte> head)
    {
        _ = ResponseHeadParser.FindEnd(head, 0);
        var ignored = new FieldCounter();
        _ = ResponseHeadParser.Parse(head, ref ignored, out _);
    }
}
