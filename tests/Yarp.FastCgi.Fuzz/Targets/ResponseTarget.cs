using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>
/// Everything that an application sends for one request until it closes the connection, read by <see cref="ResponseReader"/> from a real
/// socket in the way in which a response is forwarded.
/// </summary>
internal sealed class ResponseTarget : FuzzTarget
{
    private const int MaxHeadSize = 1024;

    // So many requests before, and the next has the id 1 again.
    private const ushort FormerRequestId = ushort.MaxValue;

    // Each piece is a switch between threads.
    private const int ShortInput = 64;

    // The first and the large receive buffer, when the pool of arrays has none; a head spread over records; an exception with its text.
    private const int MaxAllocated = 16 * 1024 + 128 * 1024 + 2 * MaxHeadSize + 16 * 1024;

    private readonly SocketPairs _sockets = new();

    public override string Name => "response";

    public override int MaxLength => SocketPairs.MaxBuffered;

    public override IReadOnlyList<byte[]> Tokens => WireTokens.Response;

    public override void Run(ReadOnlySpan<byte> input)
    {
        var first = PlainResponse.Read(input, MaxHeadSize, formerRequestId: null);
        var next = PlainResponse.Read(input, MaxHeadSize, FormerRequestId);
        var bytes = input.ToArray();
        foreach (var (index, cut) in Cuts.Of(input, ShortInput).Index())
        {
            // One on a new connection, one on a connection that was kept.
            var completedRequests = index % 2 == 0 ? 0 : FormerRequestId;
            Compare(bytes, cut, completedRequests, completedRequests == 0 ? first : next);
        }

        CheckAllocations(bytes);
    }

    public override void Dispose()
    {
        _sockets.Dispose();
        base.Dispose();
    }

    private void Compare(byte[] input, int[] cut, int completedRequests, ResponseOutcome expected)
    {
        using var pair = _sockets.Create();
        using var connection = new SocketConnection(pair.Reading, FastCgiEndpoint.Parse("unix:@fuzz"), TimeProvider.System) { CompletedRequests = completedRequests };
        var response = new ResponseReading(connection, MaxHeadSize, keeps: true);
        var reading = response.ReadAsync();
        for (int piece = 0, sent = 0; sent < input.Length && !reading.IsCompleted; piece++)
        {
            var start = sent;
            sent = Cuts.End(cut, piece, sent, input.Length);
            pair.Send(input.AsSpan(start, sent - start));
            pair.WaitUntilReceived(reading);
        }

        pair.EndSending();
        reading.GetAwaiter().GetResult();

        expected.CheckSame(response.Outcome);
        if (response.Reader.IsInStep)
        {
            // What follows on this connection is read as the next response.
            Check.Same(expected.End, pair.Sent - pair.Reading.Available, "A connection in step has been read up to the end of END_REQUEST, and no further");
        }
        else if (cut[0] >= input.Length && input.Length < 16 * 1024)
        {
            Check.That(
                !(expected.End == input.Length && expected.Ending.StartsWith("end ", StringComparison.Ordinal) && expected.Ending.EndsWith(" 0", StringComparison.Ordinal)),
                "A response that came whole leaves its connection in step");
        }
    }

    private void CheckAllocations(byte[] input)
    {
        using var pair = _sockets.Create();
        using var connection = new SocketConnection(pair.Reading, FastCgiEndpoint.Parse("unix:@fuzz"), TimeProvider.System);
        var response = new ResponseReading(connection, MaxHeadSize, keeps: false);

        // All of it is there, so all of it is read on this thread.
        pair.Send(input);
        pair.EndSending();
        var start = GC.GetAllocatedBytesForCurrentThread();
        var reading = response.ReadAsync();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - start;
        Check.That(reading.IsCompletedSuccessfully, "What is there is read without waiting", $"{reading.Exception}");
        Check.That(allocated <= MaxAllocated, "Reading a response allocates its buffers and no more", $"{allocated} bytes");
    }
}
