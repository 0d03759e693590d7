using System.Text;
using CsCheck;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>However a response is cut into records and its records into receives, the same is read.</summary>
public class ResponseReaderChunkingTests
{
    // Below the receive buffer's size, so that a piece that was sent by itself is received by itself.
    private const int MaxLength = 16 * 1024;

    private static readonly Gen<string> AnyLineEnd = Gen.OneOf(Gen.Const("\n"), Gen.Const("\r\n"));

    private static readonly Gen<(string Text, string Described)> AnyHead =
        from status in Gen.Int[200, 599]
        from fields in Gen.Select(Gen.Char['a', 'z'].Array[1, 10], Gen.Char[' ', 'ÿ'].Array[0, 30], AnyLineEnd).Array[0, 6]
        from lineEnd in AnyLineEnd
        select CreateHead(status, fields, lineEnd);

    private static readonly Gen<byte[]> AnyNoise = Gen.OneOf(
        Gen.Const(Wire.Stderr("")),
        Gen.Select(Gen.Byte[9, 255], Gen.Byte.Array[0, 20], Gen.Byte[0, 20]).Select((type, content, padding) => Wire.Record((WireRecordType)type, content, padding, requestId: 0)));

    private static readonly Gen<SentResponse> AnyResponse =
        from informational in AnyHead.Array[0, 2]
        from final in AnyHead
        from body in Gen.OneOf(Gen.Byte.Array[0, 300], Gen.OneOf(Gen.Const((byte)'\n'), Gen.Const((byte)'\r')).Array[0, 10])
        from stdoutLengths in Gen.Int[1, 60].Array[1, 10]
        from stderr in Gen.Char['a', 'z'].Array[1, 40].Array[0, 4]
        from noise in AnyNoise.Array[0, 4]
        from paddings in Gen.Byte[0, 40].Array[1, 5]
        from endsStdout in Gen.Bool
        from order in Gen.Int
        select new SentResponse([.. informational, final], body, stdoutLengths, stderr, noise, paddings, endsStdout, order);

    private static readonly Gen<int[]> AnyPieceLengths = Gen.OneOf(Gen.Int[1, 9], Gen.Int[1, 80], Gen.Int[1, MaxLength]).Array[1, 12];

    [Fact]
    public Task Read_CutAnywhere_GivesTheSame() =>
        Gen.Select(AnyResponse, AnyPieceLengths).Where((response, _) => response.Bytes.Length < MaxLength).SampleAsync(
            async (response, pieceLengths) =>
            {
                using var exchange = await ResponseExchange.CreateAsync();
                var reading = ReadAsync(exchange, response.Heads.Length);

                await exchange.SendInPiecesAsync(Cut(response.Bytes, pieceLengths), reading);
                var (heads, body) = await reading;

                Assert.Equal(response.Heads.Select(head => head.Described), heads);
                Assert.Equal(response.Body, body);
                Assert.Equal(response.Stderr, exchange.Stderr.Text);
                Assert.Equal(7u, exchange.Reader.End.AppStatus);
                Assert.Equal(response.EndsStdout, exchange.Reader.StdoutEnded);

                // The padding of END_REQUEST counts only when it comes along with the record's content.
                Assert.Equal(!IsCutBehind(response.Bytes.Length - response.EndPadding, response.Bytes.Length, pieceLengths), exchange.Reader.IsInStep);
            },
            iter: 300,
            threads: 1);

    private static async Task<(List<string> Heads, byte[] Body)> ReadAsync(ResponseExchange exchange, int headCount)
    {
        var heads = new List<string>();
        for (var i = 0; i < headCount; i++)
        {
            await exchange.ReadHeadAsync();
            heads.Add(exchange.DescribeHead());
        }

        return (heads, await exchange.ReadBodyAsync());
    }

    private static IEnumerable<byte[]> Cut(byte[] bytes, int[] pieceLengths)
    {
        for (int i = 0, position = 0; position < bytes.Length; i++)
        {
            var length = Math.Min(pieceLengths[i % pieceLengths.Length], bytes.Length - position);
            yield return bytes[position..(position + length)];
            position += length;
        }
    }

    private static bool IsCutBehind(int position, int end, int[] pieceLengths)
    {
        var cut = 0;
        for (var i = 0; cut < position; i++)
        {
            cut += pieceLengths[i % pieceLengths.Length];
        }

        return cut < end;
    }

    private static (string Text, string Described) CreateHead(int status, (char[] Name, char[] Value, string LineEnd)[] fields, string lineEnd)
    {
        var text = new StringBuilder().Append("Status: ").Append(status).Append(lineEnd);
        var described = new StringBuilder().Append(status);
        foreach (var (name, value, fieldLineEnd) in fields)
        {
            // A letter that begins no field with a meaning of its own, and DEL is a control character.
            var field = "x" + new string(name);
            var content = new string(value).Replace('\x7F', '?').Trim(' ');
            text.Append(field).Append(": ").Append(content).Append(fieldLineEnd);
            described.Append('\n').Append(field).Append(": ").Append(content);
        }

        return (text.Append(lineEnd).ToString(), described.ToString());
    }

    private sealed record SentResponse
    {
        public SentResponse(
            (string Text, string Described)[] heads, byte[] body, int[] stdoutLengths, char[][] stderr, byte[][] noise, byte[] paddings, bool endsStdout, int order)
        {
            Heads = heads;
            Body = body;
            Stderr = string.Concat(stderr.Select(text => new string(text)));
            EndsStdout = endsStdout;
            EndPadding = paddings[0];

            // The records of each stream keep their order; how the streams are mixed is random.
            var stdout = new Queue<byte[]>(Cut([.. Encoding.Latin1.GetBytes(string.Concat(heads.Select(head => head.Text))), .. body], stdoutLengths)
                .Select((content, i) => Wire.Record(WireRecordType.Stdout, content, paddings[i % paddings.Length])));
            if (endsStdout)
            {
                stdout.Enqueue(Wire.Stdout("", paddings[^1]));
                stdout.Enqueue(Wire.Stdout("ignored"));
            }

            Queue<byte[]>[] streams = [stdout, new(stderr.Select(text => Wire.Stderr(new string(text), paddings[^1]))), new(noise)];
            var random = new Random(order);
            var records = new List<byte[]>();
            while (streams.Where(stream => stream.Count > 0).ToArray() is { Length: > 0 } waiting)
            {
                records.Add(waiting[random.Next(waiting.Length)].Dequeue());
            }

            Bytes = Wire.Join([.. records, Wire.EndRequest(appStatus: 7, padding: EndPadding)]);
        }

        public (string Text, string Described)[] Heads { get; }

        public byte[] Body { get; }

        public string Stderr { get; }

        public bool EndsStdout { get; }

        public byte EndPadding { get; }

        public byte[] Bytes { get; }

        public override string ToString() => Convert.ToHexString(Bytes);
    }
}
