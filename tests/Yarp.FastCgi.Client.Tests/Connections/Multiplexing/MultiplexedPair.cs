using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client.Connections.Multiplexing;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;
using SentRecord = Yarp.FastCgi.Testing.WireRecord;

namespace Yarp.FastCgi.Client.Tests.Connections.Multiplexing;

/// <summary>A multiplexed connection and the application's end of it, joined by a real socket.</summary>
internal sealed class MultiplexedPair : IMultiplexedConnectionOwner, IDisposable
{
    private readonly Socket _socket;
    private readonly StateSignal _signal = new();
    private readonly Lock _lock = new();
    private readonly List<string> _events = [];

    private MultiplexedPair(Socket socket, TestSocket peer, int bufferLimit)
    {
        _socket = socket;
        Application = peer;
        Connection = new MultiplexedConnection(socket, FastCgiEndpoint.Parse("unix:@app"), Time, bufferLimit, this);
        Connection.Start();
    }

    public MultiplexedConnection Connection { get; }

    public TestSocket Application { get; }

    public FakeTimeProvider Time { get; } = new();

    /// <summary>What the owner of the connection was told.</summary>
    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <param name="bufferLimit">MultiplexingBufferSize.</param>
    /// <param name="tcp">TCP, which alone can be reset.</param>
    /// <param name="sendBufferSize">How much the system takes of what is sent while the application reads nothing; its default when not given.</param>
    public static async Task<MultiplexedPair> CreateAsync(int bufferLimit = 256 * 1024, bool tcp = false, int? sendBufferSize = null)
    {
        var (socket, peer) = await ConnectionPair.ConnectAsync(tcp);
        socket.SendBufferSize = sendBufferSize ?? socket.SendBufferSize;
        return new MultiplexedPair(socket, peer, bufferLimit);
    }

    public MultiplexedRequest Begin() => Connection.TryBegin() ?? throw new InvalidOperationException("No request could be begun.");

    /// <summary>A request that is on its way with its first records; the application has read them.</summary>
    /// <returns>The request and its id.</returns>
    public async Task<(MultiplexedRequest Request, ushort Id)> BeginSentAsync(bool complete = true)
    {
        var request = Begin();
        await request.SendAsync(Head(complete)).AsTask().WithinAsync("the request to be sent");
        var begin = await ReadRecordAsync();
        Assert.Equal(WireRecordType.BeginRequest, begin.Type);
        while ((await ReadRecordAsync()) is not { Content.IsEmpty: true })
        {
        }

        if (complete)
        {
            Assert.Equal(WireRecordType.Stdin, (await ReadRecordAsync()).Type);
        }

        return (request, begin.RequestId);
    }

    /// <summary>BEGIN_REQUEST and PARAMS of a request, as the forwarder writes them; also the end of STDIN when it is <paramref name="complete"/>.</summary>
    public static byte[] Head(bool complete = true, int paramsLength = 10)
    {
        using var writer = new RequestWriter();
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        Assert.True(writer.TryAddParam("NAME"u8, new string('p', paramsLength), Encoding.ASCII));
        writer.EndParams();
        if (complete)
        {
            writer.EndStdin();
        }

        return writer.Written.ToArray();
    }

    public static byte[] Stdin(ReadOnlySpan<byte> content)
    {
        using var writer = new RequestWriter();
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: false);
        var begin = writer.Written.Length;
        if (content.IsEmpty)
        {
            writer.EndStdin();
        }
        else
        {
            writer.AddStdin(content);
        }

        return writer.Written[begin..].ToArray();
    }

    public async Task<SentRecord> ReadRecordAsync() => await SentRecord.ReadAsync(Application) ?? throw new InvalidOperationException("The connection was closed.");

    public Task SendAsync(params byte[][] records) => Application.SendAsync(Wire.Join(records));

    public Task WaitForEventAsync(string name) => _signal.WaitAsync(() => Events.Contains(name), () => $"{name}; there were {string.Join(", ", Events)}");

    /// <summary>Waits until so many requests have ended at the application.</summary>
    public Task WaitForEndsAsync(int count) => _signal.WaitAsync(
        () => Events.Count(name => name is "ended" or "given up one ended") == count, () => $"the end of {count} requests; there were {string.Join(", ", Events)}");

    /// <summary>Sends each piece when the one before has been received, so that each is received by itself.</summary>
    public async Task SendInPiecesAsync(IEnumerable<byte[]> pieces)
    {
        foreach (var piece in pieces)
        {
            await Application.SendAsync(piece);
            while (_socket.Available > 0)
            {
                await Task.Yield();
            }
        }
    }

    public void Dispose()
    {
        Connection.Close();
        Application.Dispose();
    }

    void IMultiplexedConnectionOwner.OnRequestEnded(bool wasGivenUp) => Add(wasGivenUp ? "given up one ended" : "ended");

    void IMultiplexedConnectionOwner.OnRequestGivenUp() => Add("given up");

    void IMultiplexedConnectionOwner.OnCannotMultiplex() => Add("cannot multiplex");

    void IMultiplexedConnectionOwner.OnBroken() => Add("broken");

    void IMultiplexedConnectionOwner.OnClosed() => Add("closed");

    private void Add(string name)
    {
        lock (_lock)
        {
            _events.Add(name);
        }

        _signal.Pulse();
    }
}
