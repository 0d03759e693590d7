using CsCheck;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>However a response is cut into records and its records into receives, the same is read.</summary>
public class ResponseReaderChunkingTests
{
    // Below the receive buffer's size, so that a piece that was sent by itself is received by itself.
    private const int MaxLength = 16 * 1024;

    private static readonly Gen<int[]> AnyPieceLengths = Gen.OneOf(Gen.Int[1, 9], Gen.Int[1, 80], Gen.Int[1, MaxLength]).Array[1, 12];

    [Fact]
    public Task Read_CutAnywhere_GivesTheSame() =>
        Gen.Select(ResponseGen.Sound, AnyPieceLengths).Where((response, _) => response.Bytes.Length < MaxLength).SampleAsync(
            async (response, pieceLengths) =>
            {
                using var exchange = await ResponseExchange.CreateAsync();
                var reading = ReadAsync(exchange, response.Heads.Length);

                await exchange.SendInPiecesAsync(ResponseGen.Cut(response.Bytes, pieceLengths), reading);
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

    private static bool IsCutBehind(int position, int end, int[] pieceLengths)
    {
        var cut = 0;
        for (var i = 0; cut < position; i++)
        {
            cut += pieceLengths[i % pieceLengths.Length];
        }

        return cut < end;
    }
}
