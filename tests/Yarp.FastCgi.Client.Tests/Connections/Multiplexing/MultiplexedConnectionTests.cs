using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Connections.Multiplexing;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections.Multiplexing;

public class MultiplexedConnectionTests
{
    private static byte[] Stdout(ushort id, string content) => Wire.Record(WireRecordType.Stdout, content, requestId: id);

    private static byte[] End(ushort id, byte status = 0) => Wire.EndRequest(protocolStatus: status, requestId: id);

    [Fact]
    public async Task Send_TwoRequests_HaveIdsOfTheirOwnAndKeepTheConnection()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        using var first = pair.Begin();
        using var second = pair.Begin();

        await second.SendAsync(MultiplexedPair.Head());
        await first.SendAsync(MultiplexedPair.Head());

        for (ushort id = 2; id >= 1; id--)
        {
            var begin = await pair.ReadRecordAsync();
            Assert.Equal((WireRecordType.BeginRequest, id), (begin.Type, begin.RequestId));
            Assert.Equal([0, 1, 1, 0, 0, 0, 0, 0], begin.Content.ToArray());
            Assert.Equal([WireRecordType.Params, WireRecordType.Params, WireRecordType.Stdin], [
                (await pair.ReadRecordAsync()).Type,
                (await pair.ReadRecordAsync()).Type,
                (await pair.ReadRecordAsync()).Type]);
        }
    }

    [Fact]
    public async Task Receive_TwoResponsesMixed_EachRequestGetsItsOwn()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (first, firstId) = await pair.BeginSentAsync();
        var (second, secondId) = await pair.BeginSentAsync();

        await pair.SendAsync(
            Stdout(secondId, "\r\nsec"), Stdout(firstId, "\r"), Stdout(firstId, "\nfirst"), Stdout(secondId, "ond"), End(secondId), End(firstId));

        Assert.Equal("first", await SharedResponse.ReadTextAsync(first));
        Assert.Equal("second", await SharedResponse.ReadTextAsync(second));
        Assert.Equal(["ended", "ended"], pair.Events);
        first.Dispose();
        second.Dispose();
        Assert.Equal(["ended", "ended"], pair.Events);
        await AssertNothingIsSentAsync(pair);
    }

    [Fact]
    public async Task Receive_EndRequestInPieces_IsOne()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (request, id) = await pair.BeginSentAsync();
        var reading = SharedResponse.ReadTextAsync(request);

        await pair.SendInPiecesAsync([.. Wire.Join(Stdout(id, "\r\nok"), Wire.EndRequest(padding: 3, requestId: id), End(id)).Chunk(3)]);

        Assert.Equal("ok", await reading);
        request.Dispose();
    }

    [Theory]
    [InlineData("unknown type")]
    [InlineData("unasked-for values")]
    [InlineData("request that has ended")]
    [InlineData("END_REQUEST of a request that has ended")]
    public async Task Receive_RecordThatIsForNobody_IsSkipped(string what)
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (ended, endedId) = await pair.BeginSentAsync();
        await pair.SendAsync(Stdout(endedId, "\r\n"), End(endedId));
        await SharedResponse.ReadAsync(ended);
        ended.Dispose();
        var (request, id) = await pair.BeginSentAsync();

        await pair.SendAsync(
            what switch
            {
                "unknown type" => Wire.Record((WireRecordType)99, new byte[1000], padding: 9, requestId: 77),
                "unasked-for values" => Wire.GetValuesResult(("FCGI_MPXS_CONNS", "0")),
                "request that has ended" => Stdout(endedId, "Status: 500\r\n\r\n"),
                _ => End(endedId),
            },
            Stdout(id, "\r\nok"),
            End(id));

        Assert.Equal("ok", await SharedResponse.ReadTextAsync(request));
        Assert.Equal(["ended", "ended"], pair.Events);
        request.Dispose();
    }

    [Theory]
    [InlineData("version", "another protocol version than 1")]
    [InlineData("id 0", "a record for request id 0, which was never in use")]
    [InlineData("id that was never used", "a record for request id 3, which was never in use")]
    [InlineData("short END_REQUEST", "an END_REQUEST record shorter than 8 bytes")]
    public async Task Receive_ProtocolViolation_EndsEveryRequest(string what, string expected)
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (first, firstId) = await pair.BeginSentAsync();
        var (second, _) = await pair.BeginSentAsync();

        await pair.SendAsync(what switch
        {
            "version" => Wire.Record(WireRecordType.Stdout, "\r\n", requestId: firstId, version: 2),
            "id 0" => Stdout(0, "\r\n"),
            "id that was never used" => Stdout(3, "\r\n"),
            _ => Wire.Record(WireRecordType.EndRequest, new byte[7], requestId: firstId),
        });

        foreach (var request in new[] { first, second })
        {
            var exception = await SharedResponse.ReadFailsAsync(request);
            Assert.Equal(FastCgiError.ConnectionLost, exception.Error);
            Assert.StartsWith("The multiplexed connection to unix:@app was lost: ", exception.Message, StringComparison.Ordinal);
            Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
            request.Dispose();
        }

        Assert.Equal(["closed"], pair.Events);
        Assert.Null(pair.Connection.TryBegin());
    }

    [Fact]
    public async Task Receive_ApplicationCloses_WhatHasComeIsReadFirst()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (complete, completeId) = await pair.BeginSentAsync();
        var (cut, cutId) = await pair.BeginSentAsync();
        var (silent, _) = await pair.BeginSentAsync();
        var reading = SharedResponse.ReadFailsAsync(silent);

        await pair.SendAsync(Stdout(completeId, "\r\nok"), End(completeId), Stdout(cutId, "X: y"));
        pair.Application.Close();

        Assert.Equal(FastCgiError.ConnectionLost, (await reading).Error);
        Assert.Equal("ok", await SharedResponse.ReadTextAsync(complete));
        Assert.Equal(12, await cut.ReceiveAsync().AsTask().WithinAsync("what has come"));
        cut.Consume(12);
        Assert.Equal("The application at unix:@app closed the connection before its response head was complete.", (await SharedResponse.ReadFailsAsync(cut)).Message);
        Assert.Equal(FastCgiError.ConnectionLost, (await Assert.ThrowsAsync<FastCgiException>(async () => await cut.SendAsync(MultiplexedPair.Stdin("more"u8)))).Error);
        foreach (var request in new[] { complete, cut, silent })
        {
            request.Dispose();
        }

        Assert.Equal(["ended", "closed"], pair.Events);
    }

    [Fact]
    public async Task Receive_ConnectionIsReset_EveryRequestFails()
    {
        using var pair = await MultiplexedPair.CreateAsync(tcp: true);
        var (request, _) = await pair.BeginSentAsync();
        var reading = SharedResponse.ReadFailsAsync(request);

        pair.Application.Reset();

        var exception = await reading;
        Assert.Equal(FastCgiError.ConnectionLost, exception.Error);
        Assert.StartsWith("The multiplexed connection to unix:@app was lost: ", exception.Message, StringComparison.Ordinal);
        request.Dispose();
    }

    [Fact]
    public async Task Receive_RequestThatIsNotRead_IsGivenUpAloneWhenItsBufferIsFull()
    {
        using var pair = await MultiplexedPair.CreateAsync(bufferLimit: 256 * 1024);
        var (slow, slowId) = await pair.BeginSentAsync();
        var (other, otherId) = await pair.BeginSentAsync();

        for (var i = 0; i < 6; i++)
        {
            await pair.SendAsync(Wire.Record(WireRecordType.Stdout, new byte[60_000], requestId: slowId));
        }

        await pair.SendAsync(Stdout(otherId, "\r\nok"), End(otherId));

        Assert.Equal("ok", await SharedResponse.ReadTextAsync(other));
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = slow.Aborted.Register(aborted.SetResult);
        await aborted.Task.WithinAsync("the request to be given up");
        var exception = Assert.Throws<FastCgiException>(slow.ThrowIfAborted);
        Assert.Equal(FastCgiError.ResponseBufferFull, exception.Error);
        Assert.Equal("More of the response from unix:@app waited for the client than MultiplexingBufferSize allows.", exception.Message);
        var abort = await pair.ReadRecordAsync();
        Assert.Equal((WireRecordType.AbortRequest, slowId), (abort.Type, abort.RequestId));
        slow.Dispose();
        other.Dispose();
        await pair.WaitForEventAsync("given up");
        await pair.SendAsync(Stdout(slowId, "more"), End(slowId));
        await pair.WaitForEventAsync("given up one ended");
    }

    [Fact]
    public async Task Receive_WhatTheRequestHasTakenButNotRead_CountsToo()
    {
        using var pair = await MultiplexedPair.CreateAsync(bufferLimit: 256 * 1024);
        var (request, id) = await pair.BeginSentAsync();
        var received = 0;
        for (var i = 0; i < 3; i++)
        {
            await pair.SendAsync(Wire.Record(WireRecordType.Stdout, new byte[60_000], requestId: id));
        }

        while (received < 180_000)
        {
            received += await request.ReceiveAsync().AsTask().WithinAsync("more");
        }

        Assert.False(request.IsAborted);
        for (var i = 0; i < 2; i++)
        {
            await pair.SendAsync(Wire.Record(WireRecordType.Stdout, new byte[60_000], requestId: id));
        }

        var abort = await pair.ReadRecordAsync();
        Assert.Equal((WireRecordType.AbortRequest, id), (abort.Type, abort.RequestId));
        request.Dispose();
    }

    [Fact]
    public async Task Receive_RequestThatIsRead_HasNoLimit()
    {
        const int Length = 50 * 60_000;
        using var pair = await MultiplexedPair.CreateAsync(bufferLimit: 256 * 1024);
        var (request, id) = await pair.BeginSentAsync();
        await pair.SendAsync(Stdout(id, "\r\n"));
        var received = 0;
        for (var i = 0; i < 50; i++)
        {
            await pair.SendAsync(Wire.Record(WireRecordType.Stdout, new byte[60_000], requestId: id));
            while (received < i * 60_000)
            {
                received += await request.ReceiveAsync().AsTask().WithinAsync("more");
                request.Consume(request.Buffered.Length);
            }
        }

        Assert.InRange(received, 49 * 60_000, Length + 10_000);
        request.Dispose();
    }

    [Fact]
    public async Task Abort_OnItsWay_TheApplicationIsToldAndThePlaceIsFreeWhenItHasEnded()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (request, id) = await pair.BeginSentAsync();
        var reading = SharedResponse.ReadFailsAsync(request);

        request.Abort(FastCgiError.Canceled);

        Assert.Equal(FastCgiError.Canceled, (await reading).Error);
        var abort = await pair.ReadRecordAsync();
        Assert.Equal((WireRecordType.AbortRequest, id), (abort.Type, abort.RequestId));
        request.Dispose();
        Assert.Equal(["given up"], pair.Events);
        await pair.SendAsync(Stdout(id, "\r\nlate"), End(id));
        await pair.WaitForEventAsync("given up one ended");

        // Go's net/http/fcgi ends a request that was aborted inside its body twice.
        var (next, nextId) = await pair.BeginSentAsync();
        await pair.SendAsync(Stdout(id, "later"), End(id), Stdout(nextId, "\r\nok"), End(nextId));
        Assert.NotEqual(id, nextId);
        Assert.Equal("ok", await SharedResponse.ReadTextAsync(next));
        next.Dispose();
        await AssertNothingIsSentAsync(pair);
    }

    [Fact]
    public async Task Abort_NothingSent_NobodyHearsOfIt()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var request = pair.Begin();

        request.Abort(FastCgiError.Canceled);

        Assert.Equal(FastCgiError.Canceled, (await Assert.ThrowsAsync<FastCgiException>(async () => await request.SendAsync(MultiplexedPair.Head()))).Error);
        Assert.Equal(FastCgiError.Canceled, (await Assert.ThrowsAsync<FastCgiException>(async () => await request.ReceiveAsync())).Error);
        request.Dispose();
        Assert.Equal(["ended"], pair.Events);
        await AssertNothingIsSentAsync(pair);
    }

    [Fact]
    public async Task Dispose_AnsweredBeforeItsBodyWasSent_TellsTheApplicationNotToWaitForIt()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (request, id) = await pair.BeginSentAsync(complete: false);
        await pair.SendAsync(Stdout(id, "\r\nenough"), End(id));
        Assert.Equal("enough", await SharedResponse.ReadTextAsync(request));

        request.Dispose();

        var abort = await pair.ReadRecordAsync();
        Assert.Equal((WireRecordType.AbortRequest, id), (abort.Type, abort.RequestId));
        Assert.Equal(["ended"], pair.Events);
    }

    [Fact]
    public async Task Deadline_Strikes_GivesUpThisRequestOnly()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (late, lateId) = await pair.BeginSentAsync();
        var (other, otherId) = await pair.BeginSentAsync();
        var reading = SharedResponse.ReadFailsAsync(late);

        late.Deadline.Arm(TimeSpan.FromSeconds(60), FastCgiError.ResponseHeadTimeout);
        pair.Time.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(FastCgiError.ResponseHeadTimeout, (await reading).Error);
        Assert.Equal(lateId, (await pair.ReadRecordAsync()).RequestId);
        await pair.SendAsync(Stdout(otherId, "\r\nok"), End(otherId));
        Assert.Equal("ok", await SharedResponse.ReadTextAsync(other));
        late.Dispose();
        other.Dispose();
    }

    [Fact]
    public async Task Receive_CannotMultiplex_IsReported()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (request, id) = await pair.BeginSentAsync();

        await pair.SendAsync(End(id, status: 1));

        Assert.Equal(FastCgiError.CannotMultiplex, (await SharedResponse.ReadFailsAsync(request)).Error);
        Assert.Equal(["cannot multiplex", "ended"], pair.Events);
        request.Dispose();
    }

    [Fact]
    public async Task Receive_Overloaded_FailsThisRequestOnly()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (refused, refusedId) = await pair.BeginSentAsync();
        var (other, otherId) = await pair.BeginSentAsync();

        await pair.SendAsync(End(refusedId, status: 2), Stdout(otherId, "\r\nok"), End(otherId));

        Assert.Equal(FastCgiError.Overloaded, (await SharedResponse.ReadFailsAsync(refused)).Error);
        Assert.Equal("ok", await SharedResponse.ReadTextAsync(other));
        refused.Dispose();
        other.Dispose();
        await AssertNothingIsSentAsync(pair);
    }

    [Fact]
    public async Task Begin_IdsComeToTheirEnd_ThoseThatWereNotGivenUpAreUsedAgain()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (running, runningId) = await pair.BeginSentAsync();
        var (aborted, abortedId) = await pair.BeginSentAsync();
        aborted.Abort(FastCgiError.Canceled);
        aborted.Dispose();
        await pair.ReadRecordAsync();
        await pair.SendAsync(End(abortedId));
        await pair.WaitForEventAsync("given up one ended");
        Assert.Equal((1, 2), (runningId, abortedId));

        for (var i = 3; i <= MultiplexedConnection.MaxRequestId; i++)
        {
            pair.Begin().Dispose();
        }

        var (next, nextId) = await pair.BeginSentAsync();
        Assert.Equal(3, nextId);
        await pair.SendAsync(Stdout(runningId, "\r\nfirst"), End(runningId), Stdout(nextId, "\r\nnext"), End(nextId));
        Assert.Equal("first", await SharedResponse.ReadTextAsync(running));
        Assert.Equal("next", await SharedResponse.ReadTextAsync(next));
        running.Dispose();
        next.Dispose();
    }

    [Fact]
    public async Task Send_ApplicationDoesNotRead_WaitsForItsTurn()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var waiting = await FillAsync(pair);
        Assert.False(pair.Connection.IsStuck);
        pair.Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(pair.Connection.IsStuck);

        using var late = pair.Begin();
        var sending = late.SendAsync(MultiplexedPair.Head()).AsTask();
        Assert.False(sending.IsCompleted);

        while (await pair.ReadRecordAsync() is { RequestId: 1 })
        {
        }

        await sending.WithinAsync("the late request to be sent");
        Assert.False(pair.Connection.IsStuck);
        waiting.Dispose();
    }

    [Fact]
    public async Task Send_WhileASendIsUnderWay_SmallRequestsGatherForTheNext()
    {
        using var pair = await MultiplexedPair.CreateAsync(sendBufferSize: 4096);
        using var large = pair.Begin();
        await large.SendAsync(MultiplexedPair.Head(complete: false, paramsLength: 60_000));
        var small = Enumerable.Range(0, 100).Select(_ => pair.Begin()).ToArray();

        // Nothing of it has been read, and nobody waits.
        Assert.All(small, request => Assert.True(request.SendAsync(MultiplexedPair.Head()).AsTask().IsCompletedSuccessfully));

        var ended = new List<ushort>();
        while (ended.Count < small.Length)
        {
            if (await pair.ReadRecordAsync() is { Type: WireRecordType.Stdin, Content.IsEmpty: true } end)
            {
                ended.Add(end.RequestId);
            }
        }

        Assert.Equal(small.Select(request => request.Outgoing.RequestId), ended);
        Array.ForEach(small, request => request.Dispose());
    }

    [Fact]
    public async Task Send_LargeBodyUnderWay_ASmallRequestGetsItsTurnSoon()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var (upload, uploadId) = await pair.BeginSentAsync(complete: false);
        using var stop = new CancellationTokenSource();
        var uploading = UploadAsync();
        using var small = pair.Begin();
        for (var i = 0; i < 10; i++)
        {
            await pair.ReadRecordAsync();
        }

        var sending = small.SendAsync(MultiplexedPair.Head());
        var before = 0;
        while (await pair.ReadRecordAsync() is { RequestId: var id } && id == uploadId)
        {
            before++;
        }

        // What the socket's own buffers hold, what is under way and what has gathered: all of the application's making.
        Assert.InRange(before, 0, 16);
        await sending;
        await stop.CancelAsync();
        await Task.WhenAll(uploading, DrainAsync()).WithinAsync("the upload to stop");
        upload.Dispose();

        async Task UploadAsync()
        {
            var chunk = MultiplexedPair.Stdin(new byte[65_000]);
            while (!stop.IsCancellationRequested)
            {
                await upload.SendAsync(chunk);
            }

            await upload.SendAsync(MultiplexedPair.Stdin(default));
        }

        async Task DrainAsync()
        {
            while (await pair.ReadRecordAsync() is not { Type: WireRecordType.Stdin, Content.IsEmpty: true, RequestId: var id } || id != uploadId)
            {
            }
        }
    }

    [Fact]
    public async Task Abort_WhileItWaitsToSend_NothingMoreOfItIsSent()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        var filling = await FillAsync(pair);
        var request = pair.Begin();
        var sending = request.SendAsync(MultiplexedPair.Head()).AsTask();

        request.Abort(FastCgiError.Canceled);

        Assert.Equal(FastCgiError.Canceled, (await Assert.ThrowsAsync<FastCgiException>(() => sending.WithinAsync("the send to fail"))).Error);
        request.Dispose();
        var (next, nextId) = (pair.Begin(), (ushort)3);
        var sendingNext = next.SendAsync(MultiplexedPair.Head()).AsTask();
        while (await pair.ReadRecordAsync() is { RequestId: var id } && id != nextId)
        {
            Assert.Equal(1, id);
        }

        await sendingNext.WithinAsync("the next request to be sent");
        next.Dispose();
        filling.Dispose();
    }

    [Fact]
    public async Task Send_ApplicationHasClosed_WaitingSendsFail()
    {
        using var pair = await MultiplexedPair.CreateAsync();
        using var filling = await FillAsync(pair);
        using var request = pair.Begin();
        var sending = request.SendAsync(MultiplexedPair.Head()).AsTask();

        pair.Application.Close();

        Assert.Equal(FastCgiError.ConnectionLost, (await Assert.ThrowsAsync<FastCgiException>(() => sending.WithinAsync("the send to fail"))).Error);
        await pair.WaitForEventAsync("closed");
    }

    private static async Task<MultiplexedRequest> FillAsync(MultiplexedPair pair)
    {
        var request = pair.Begin();
        await FillAsync(request);
        return request;
    }

    /// <summary>Sends for a request until the application, which does not read, takes nothing more.</summary>
    internal static async Task FillAsync(FastCgiConnection request)
    {
        await request.SendAsync(MultiplexedPair.Head(complete: false));
        var chunk = MultiplexedPair.Stdin(new byte[65_000]);
        ValueTask sending;
        for (sending = request.SendAsync(chunk); sending.IsCompleted; sending = request.SendAsync(chunk))
        {
            await sending;
        }

        _ = sending.AsTask().ContinueWith(task => task.Exception, TaskScheduler.Default);
    }

    private static async Task AssertNothingIsSentAsync(MultiplexedPair pair)
    {
        // What was sent before would come before.
        var (request, _) = await pair.BeginSentAsync();
        request.Dispose();
    }
}
