using System.Buffers;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

public class SocketConnectionTests
{
    [Fact]
    public async Task Receive_Bytes_AreBufferedUntilConsumed()
    {
        using var pair = await ConnectionPair.CreateAsync();
        await pair.Peer.SendAsync("hello");

        Assert.Equal(5, await Receive(pair.Connection));
        Assert.Equal("hello"u8, pair.Connection.Buffered);

        pair.Connection.Consume(2);
        Assert.Equal("llo"u8, pair.Connection.Buffered);

        await pair.Peer.SendAsync("!");
        Assert.Equal(1, await Receive(pair.Connection));
        Assert.Equal("llo!"u8, pair.Connection.Buffered);
    }

    [Fact]
    public async Task Receive_NothingConsumed_GrowsTheBuffer()
    {
        var bytes = RandomBytes(100_000);
        using var pair = await ConnectionPair.CreateAsync();
        var sending = pair.Peer.SendAsync(bytes);

        while (pair.Connection.Buffered.Length < bytes.Length)
        {
            Assert.True(await Receive(pair.Connection) > 0);
        }

        Assert.Equal(bytes, pair.Connection.Buffered);
        await sending;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Receive_AFewBytesStayUnconsumed_LosesNothing(int left)
    {
        var bytes = RandomBytes(2_000_000);
        using var pair = await ConnectionPair.CreateAsync();
        var sending = Task.Run(async () =>
        {
            await pair.Peer.SendAsync(bytes);
            pair.Peer.ShutdownSend();
        });

        var received = new List<byte>();
        while (await Receive(pair.Connection) > 0)
        {
            var consumed = Math.Max(0, pair.Connection.Buffered.Length - left);
            received.AddRange(pair.Connection.Buffered[..consumed]);
            pair.Connection.Consume(consumed);
        }

        received.AddRange(pair.Connection.Buffered);
        await sending;
        Assert.True(bytes.AsSpan().SequenceEqual(received.ToArray()));
    }

    [Fact]
    public async Task Receive_PeerEndsItsStream_GivesZero()
    {
        using var pair = await ConnectionPair.CreateAsync();
        await pair.Peer.SendAsync("x");
        pair.Peer.ShutdownSend();

        Assert.Equal(1, await Receive(pair.Connection));
        Assert.Equal(0, await Receive(pair.Connection));
        Assert.Equal("x"u8, pair.Connection.Buffered);
    }

    [Fact]
    public async Task Receive_PeerResets_IsConnectionLost()
    {
        using var pair = await ConnectionPair.CreateAsync(tcp: true);
        var receiving = Receive(pair.Connection);
        pair.Peer.Reset();

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => receiving);

        Assert.Equal(FastCgiError.ConnectionLost, exception.Error);
        Assert.StartsWith("The connection to unix:@app was lost: ", exception.Message, StringComparison.Ordinal);
        Assert.False(pair.Connection.IsAborted);
    }

    [Fact]
    public async Task Send_MoreThanTheSocketTakes_SendsItAll()
    {
        var bytes = RandomBytes(5_000_000);
        using var pair = await ConnectionPair.CreateAsync();

        var sending = pair.Connection.SendAsync(bytes).AsTask();
        var received = await pair.Peer.ReadExactlyAsync(bytes.Length);
        await sending;

        Assert.True(bytes.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task Send_PeerHasClosed_IsConnectionLost()
    {
        using var pair = await ConnectionPair.CreateAsync();
        pair.Peer.Close();

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => pair.Connection.SendAsync(new byte[100]).AsTask());

        Assert.Equal(FastCgiError.ConnectionLost, exception.Error);
    }

    [Fact]
    public async Task Abort_WhileReceiving_EndsItWithTheError()
    {
        using var pair = await ConnectionPair.CreateAsync();
        var receiving = Receive(pair.Connection);
        Assert.False(receiving.IsCompleted);

        pair.Connection.Abort(FastCgiError.Canceled);

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => receiving);
        Assert.Equal(FastCgiError.Canceled, exception.Error);
        Assert.Equal("The request to unix:@app was given up.", exception.Message);
    }

    [Fact]
    public async Task Abort_WhileSending_EndsItWithTheError()
    {
        using var pair = await ConnectionPair.CreateAsync();
        var sending = pair.Connection.SendAsync(new byte[50_000_000]).AsTask();

        pair.Connection.Abort(FastCgiError.ActivityTimeout);

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => sending.WithinAsync("the end of sending"));
        Assert.Equal(FastCgiError.ActivityTimeout, exception.Error);
    }

    [Fact]
    public async Task Abort_BeforeReceivingAndSending_EndsThemWithTheError()
    {
        using var pair = await ConnectionPair.CreateAsync();
        pair.Connection.Abort(FastCgiError.ResponseHeadTimeout);

        var receive = await Assert.ThrowsAsync<FastCgiException>(() => Receive(pair.Connection));
        var send = await Assert.ThrowsAsync<FastCgiException>(() => pair.Connection.SendAsync(new byte[1]).AsTask());

        Assert.Equal(FastCgiError.ResponseHeadTimeout, receive.Error);
        Assert.Equal(FastCgiError.ResponseHeadTimeout, send.Error);
    }

    [Fact]
    public async Task Abort_Twice_KeepsTheFirstError()
    {
        using var pair = await ConnectionPair.CreateAsync();
        pair.Connection.ThrowIfAborted();
        Assert.False(pair.Connection.IsAborted);

        pair.Connection.Abort(FastCgiError.ActivityTimeout);
        pair.Connection.Abort(FastCgiError.Canceled);

        Assert.True(pair.Connection.IsAborted);
        Assert.Equal(FastCgiError.ActivityTimeout, Assert.Throws<FastCgiException>(pair.Connection.ThrowIfAborted).Error);
    }

    [Fact]
    public async Task Abort_Idle_ClosesTheSocket()
    {
        using var pair = await ConnectionPair.CreateAsync();

        pair.Connection.Abort(FastCgiError.Canceled);

        Assert.Empty((await pair.Peer.ReadToEndAsync()).Bytes);
        Assert.False(pair.Connection.IsQuiet());
    }

    [Fact]
    public async Task Deadline_Strikes_AbortsWithItsError()
    {
        var time = new FakeTimeProvider();
        using var pair = await ConnectionPair.CreateAsync(time: time);
        pair.Connection.Deadline.Arm(TimeSpan.FromSeconds(60), FastCgiError.ResponseHeadTimeout);
        var receiving = Receive(pair.Connection);

        time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(FastCgiError.ResponseHeadTimeout, (await Assert.ThrowsAsync<FastCgiException>(() => receiving)).Error);
    }

    [Fact]
    public async Task Deadline_AfterDispose_StaysSilent()
    {
        var time = new FakeTimeProvider();
        using var pair = await ConnectionPair.CreateAsync(time: time);
        pair.Connection.Deadline.Arm(TimeSpan.FromSeconds(60), FastCgiError.ResponseHeadTimeout);

        pair.Connection.Dispose();
        time.Advance(TimeSpan.FromSeconds(60));

        Assert.False(pair.Connection.IsAborted);
    }

    [Fact]
    public async Task Aborted_AskedForBefore_IsSignaledByAbort()
    {
        using var pair = await ConnectionPair.CreateAsync();
        var aborted = pair.Connection.Aborted;
        Assert.False(aborted.IsCancellationRequested);
        Assert.Equal(aborted, pair.Connection.Aborted);

        pair.Connection.Abort(FastCgiError.Canceled);

        Assert.True(aborted.IsCancellationRequested);
    }

    [Fact]
    public async Task Aborted_AskedForAfterwards_IsSignaled()
    {
        using var pair = await ConnectionPair.CreateAsync();
        pair.Connection.Abort(FastCgiError.Canceled);

        Assert.True(pair.Connection.Aborted.IsCancellationRequested);
    }

    [Fact]
    public async Task Aborted_AskedForDuringAbort_IsSignaledAlways()
    {
        using var barrier = new Barrier(2);
        for (var i = 0; i < 500; i++)
        {
            using var pair = await ConnectionPair.CreateAsync();
            var aborting = Task.Run(() =>
            {
                barrier.SignalAndWait();
                pair.Connection.Abort(FastCgiError.Canceled);
            });
            var asking = Task.Run(() =>
            {
                barrier.SignalAndWait();
                return pair.Connection.Aborted;
            });
            await aborting;

            Assert.True((await asking).IsCancellationRequested);
        }
    }

    [Fact]
    public async Task IsQuiet_NothingArrived_IsTrue()
    {
        using var pair = await ConnectionPair.CreateAsync();

        Assert.True(pair.Connection.IsQuiet());
    }

    [Fact]
    public async Task IsQuiet_BytesArrived_IsFalse()
    {
        using var pair = await ConnectionPair.CreateAsync();
        await pair.Peer.SendAsync("x");

        Assert.False(pair.Connection.IsQuiet());
    }

    [Fact]
    public async Task IsQuiet_BytesReceivedAndNotConsumed_IsFalse()
    {
        using var pair = await ConnectionPair.CreateAsync();
        await pair.Peer.SendAsync("x");
        await Receive(pair.Connection);
        Assert.False(pair.Connection.IsQuiet());

        pair.Connection.Consume(1);
        Assert.True(pair.Connection.IsQuiet());
    }

    [Fact]
    public async Task IsQuiet_PeerClosed_IsFalse()
    {
        using var pair = await ConnectionPair.CreateAsync();
        pair.Peer.Close();

        Assert.False(pair.Connection.IsQuiet());
    }

    [Fact]
    public async Task IsQuiet_Disposed_IsFalse()
    {
        using var pair = await ConnectionPair.CreateAsync();
        pair.Connection.Dispose();

        Assert.False(pair.Connection.IsQuiet());
    }

    [Fact]
    public async Task Dispose_Twice_GivesTheBufferBackOnce()
    {
        const int BufferSize = 16 * 1024;
        using var pair = await ConnectionPair.CreateAsync();

        // On one thread, so that what was given back is rented first.
        pair.Connection.Dispose();
        pair.Connection.Dispose();
        var first = ArrayPool<byte>.Shared.Rent(BufferSize);
        var second = ArrayPool<byte>.Shared.Rent(BufferSize);

        Assert.NotSame(first, second);
        Assert.True(pair.Connection.Buffered.IsEmpty);
        ArrayPool<byte>.Shared.Return(first);
        ArrayPool<byte>.Shared.Return(second);
    }

    private static Task<int> Receive(FastCgiConnection connection) => connection.ReceiveAsync().AsTask().WithinAsync("bytes from the peer");

    [Fact]
    public async Task HasUnreadBytes_OfAUnixSocket_TellsWhatThePeerHasNotTaken()
    {
        using var pair = await ConnectionPair.CreateAsync();
        Assert.True(pair.Connection.CanTellUnreadBytes);
        Assert.False(pair.Connection.HasUnreadBytes);

        await pair.Connection.SendAsync("hello"u8.ToArray());
        Assert.True(pair.Connection.HasUnreadBytes);

        await pair.Peer.ReadExactlyAsync(5);
        Assert.False(pair.Connection.HasUnreadBytes);
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
