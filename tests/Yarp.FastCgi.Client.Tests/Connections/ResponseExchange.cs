using System.Text;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>A reader at one end of a connection, and the application's bytes at the other.</summary>
internal sealed class ResponseExchange : IDisposable
{
    private readonly ConnectionPair _pair;
    private readonly int _maxHeadSize;

    private ResponseExchange(ConnectionPair pair, int maxHeadSize)
    {
        _pair = pair;
        _maxHeadSize = maxHeadSize;
        Reader = new ResponseReader(pair.Connection, pair.Connection.RequestId, maxHeadSize, Stderr);
    }

    public ResponseReader Reader { get; }

    public StderrCollector Stderr { get; } = new();

    public FastCgiConnection Connection => _pair.Connection;

    public TestSocket Application => _pair.Peer;

    public static async Task<ResponseExchange> CreateAsync(int maxHeadSize = 32 * 1024, bool tcp = false, TimeProvider? time = null)
        => new(await ConnectionPair.CreateAsync(tcp, time), maxHeadSize);

    /// <summary>An exchange whose reader finds these bytes.</summary>
    public static async Task<ResponseExchange> OfAsync(params byte[][] sent)
    {
        var exchange = await CreateAsync();
        await exchange.Application.SendAsync(Wire.Join(sent));
        return exchange;
    }

    /// <summary>A reader for the next request on the connection; the one before is over.</summary>
    public ResponseReader BeginAnother()
    {
        Connection.CompletedRequests++;
        return new ResponseReader(Connection, Connection.RequestId, _maxHeadSize, Stderr);
    }

    public Task SendInPiecesAsync(IEnumerable<byte[]> pieces, Task reading) => _pair.SendInPiecesAsync(pieces, reading);

    public Task ReadHeadAsync() => Reader.ReadHeadAsync().AsTask().WithinAsync("the response head");

    public async Task<FastCgiException> ReadHeadFailsAsync() => await Assert.ThrowsAsync<FastCgiException>(ReadHeadAsync);

    /// <summary>The fields of the head that was read, one a line, behind its status.</summary>
    public string DescribeHead()
    {
        Assert.Equal(ResponseHeadError.None, Reader.ValidateHead(acceptStatusLine: false, out var info));
        var handler = new LineCollector(new StringBuilder().Append(info.StatusCode));
        Reader.ReportHead(ref handler);
        return handler.Lines.ToString();
    }

    /// <summary>One call of <see cref="ResponseReader.TryReadBody"/>.</summary>
    public (BodyReadStatus Status, string Content) TryReadBody() => (Reader.TryReadBody(out var content), Encoding.Latin1.GetString(content));

    /// <summary>The rest of the body.</summary>
    public async Task<byte[]> ReadBodyAsync()
    {
        var body = new List<byte>();
        while (true)
        {
            switch (Reader.TryReadBody(out var content))
            {
                case BodyReadStatus.Content:
                    Assert.False(content.IsEmpty);
                    body.AddRange(content);
                    break;

                case BodyReadStatus.End:
                    return [.. body];

                default:
                    Assert.True(await Reader.ReceiveAsync().AsTask().WithinAsync("more of the body") > 0, "Closed before END_REQUEST.");
                    break;
            }
        }
    }

    public async Task<string> ReadBodyTextAsync() => Encoding.Latin1.GetString(await ReadBodyAsync());

    public void Dispose()
    {
        Reader.Dispose();
        _pair.Dispose();
    }

    private readonly struct LineCollector(StringBuilder lines) : IResponseHeaderHandler
    {
        public StringBuilder Lines => lines;

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
            => lines.Append('\n').Append(Encoding.Latin1.GetString(name)).Append(": ").Append(Encoding.Latin1.GetString(value));
    }
}
