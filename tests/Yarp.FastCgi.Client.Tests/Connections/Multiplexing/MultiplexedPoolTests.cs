using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Connections.Multiplexing;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections.Multiplexing;

public sealed class MultiplexedPoolTests : IAsyncDisposable
{
    private static readonly ConnectionSettings Settings = PoolSettings.Default with { Multiplexing = true };

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _reasons = [];
    private readonly List<MultiplexedPool> _pools = [];
    private readonly List<ScriptedResponder> _responders = [];

    public async ValueTask DisposeAsync()
    {
        _pools.ForEach(pool => pool.Dispose());
        foreach (var responder in _responders)
        {
            await responder.DisposeAsync();
        }
    }

    [Fact]
    public async Task Rent_FirstRequests_TheApplicationIsAskedOnceAndOnAConnectionOfItsOwn()
    {
        var questions = new List<int>();
        var responder = Start(async connection =>
        {
            if (connection.Number == 1)
            {
                var record = await connection.ReadRecordAsync();
                Assert.Equal((WireRecordType.GetValues, (ushort)0), (record!.Type, record.RequestId));
                Assert.Equal(
                    ["FCGI_MPXS_CONNS=", "FCGI_MAX_CONNS=", "FCGI_MAX_REQS="],
                    Wire.ReadPairs(record.Content.Span).Select(pair => $"{pair.Name}={pair.Value}"));
                await connection.SendRawAsync(Wire.GetValuesResult(("FCGI_MPXS_CONNS", "1")));
                await connection.WaitForPeerCloseAsync();
            }
            else
            {
                await MultiplexingApplication.ServeAsync(connection, exchange => exchange.SendReplyAsync(Reply.Text("ok")));
            }
        });
        var pool = Create(Settings, responder);

        var requests = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Rent(pool)));

        Assert.All(requests, request => Assert.IsType<MultiplexedRequest>(request));
        Assert.Equal((1, 20, 0), (pool.OpenCount, pool.RunningCount, pool.WaitingCount));
        foreach (var request in requests)
        {
            Assert.Equal("ok", await ExchangeAsync(request));
            pool.Return(request, reusable: true);
        }

        Assert.Equal((1, 0), (pool.OpenCount, pool.RunningCount));
        pool.Return(await Rent(pool), reusable: true);
        Assert.Equal(2, responder.AcceptedConnections);
        Assert.Empty(_reasons);
    }

    [Fact]
    public async Task Rent_MaxMultiplexedRequestsOnAConnection_TheNextOneIsMade()
    {
        var pool = Create(Settings with { MaxConnections = 2, MaxMultiplexedRequests = 3 }, StartMultiplexing());

        var requests = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Rent(pool)));
        Assert.Equal((2, 6), (pool.OpenCount, pool.RunningCount));

        var waiting = Rent(pool);
        Assert.Equal((2, 6, 1), (pool.OpenCount, pool.RunningCount, pool.WaitingCount));
        pool.Return(requests[4], reusable: true);
        await waiting;
        Assert.Equal((2, 6, 0), (pool.OpenCount, pool.RunningCount, pool.WaitingCount));
    }

    [Fact]
    public async Task Rent_SeveralWait_AreServedInOrderOfArrival()
    {
        var pool = Create(Settings with { MaxConnections = 1, MaxMultiplexedRequests = 1 }, StartMultiplexing());
        var request = await Rent(pool);
        var waiting = Enumerable.Range(0, 5).Select(_ => Rent(pool)).ToArray();

        for (var i = 0; i < waiting.Length; i++)
        {
            pool.Return(request, reusable: true);
            request = await waiting[i];
            Assert.All(waiting[(i + 1)..], later => Assert.False(later.IsCompleted));
        }
    }

    [Fact]
    public async Task Rent_QueueIsFull_IsRefused()
    {
        var pool = Create(Settings with { MaxConnections = 2, MaxMultiplexedRequests = 2, QueueLimit = 1 }, StartMultiplexing());
        var requests = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Rent(pool)));
        Assert.False(pool.IsQueueFull);
        var waiting = Rent(pool);
        Assert.True(pool.IsQueueFull);

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => Rent(pool));

        Assert.Equal(FastCgiError.QueueFull, exception.Error);
        Assert.Equal(
            $"All 2 connections to {pool.Endpoint} (MaxConnections) with 2 requests each (MaxMultiplexedRequests) are in use and 1 requests wait (QueueLimit).",
            exception.Message);
        pool.Return(requests[0], reusable: true);
        await waiting;
        Assert.False(pool.IsQueueFull);
    }

    [Fact]
    public async Task Rent_NoQueue_WhoFitsOnConnectionsToComeIsServed()
    {
        var pool = Create(Settings with { MaxConnections = 2, MaxMultiplexedRequests = 2, QueueLimit = 0 }, StartMultiplexing());

        var renting = Enumerable.Range(0, 5).Select(_ => Rent(pool)).ToArray();

        await Task.WhenAll(renting[..4]);
        Assert.Equal(FastCgiError.QueueFull, (await Assert.ThrowsAsync<FastCgiException>(() => renting[4])).Error);
    }

    [Fact]
    public async Task Rent_NothingBecomesFree_TimesOutInTheQueue()
    {
        var pool = Create(Settings with { MaxConnections = 1, MaxMultiplexedRequests = 1 }, StartMultiplexing());
        await Rent(pool);
        var waiting = Rent(pool);

        _time.Advance(TimeSpan.FromSeconds(10));

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => waiting);
        Assert.Equal(FastCgiError.QueueTimeout, exception.Error);
        Assert.Equal(
            $"All 1 connections to {pool.Endpoint} (MaxConnections) with 1 requests each (MaxMultiplexedRequests) stayed in use for QueueTimeout (00:00:10).",
            exception.Message);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("one")]
    [InlineData("")]
    public async Task Rent_ApplicationDoesNotMultiplex_EachRequestHasAConnectionOfItsOwn(string value)
    {
        var responder = StartAnswering(Wire.GetValuesResult(("FCGI_MPXS_CONNS", value)));
        var pool = Create(Settings, responder);

        var requests = await Task.WhenAll(Rent(pool), Rent(pool));

        Assert.All(requests, request => Assert.IsType<SocketConnection>(request));
        Assert.Equal(["FCGI_MPXS_CONNS is not 1"], _reasons);
        await responder.WaitForConnectionAsync(3);
        Array.ForEach(requests, request => pool.Return(request, reusable: false));
        pool.Return(await Rent(pool), reusable: false);
        await responder.WaitForConnectionClosedAsync(4);
    }

    [Theory]
    [InlineData("close", "it closes the connection when it is asked")]
    [InlineData("unknown", "it does not know FCGI_GET_VALUES")]
    [InlineData("garbage", "it answers in another protocol version than 1")]
    [InlineData("endless", "its answer is too long")]
    [InlineData("silence", "it gives no answer within ConnectTimeout (00:00:05)")]
    public async Task Rent_ApplicationDoesNotAnswer_EachRequestHasAConnectionOfItsOwn(string how, string expected)
    {
        var asked = new TaskCompletionSource();
        var pool = Create(Settings, Start(async connection =>
        {
            if (connection.Number == 1)
            {
                await connection.ReadRecordAsync();
                asked.SetResult();
                switch (how)
                {
                    case "close":
                        return;
                    case "unknown":
                        await connection.SendRecordAsync(WireRecordType.UnknownType, new byte[8], requestId: 0);
                        break;
                    case "garbage":
                        await connection.SendRawAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
                        break;
                    case "endless":
                        await connection.SendRecordAsync(WireRecordType.GetValuesResult, new byte[2000], requestId: 0);
                        break;
                }
            }

            await connection.WaitForPeerCloseAsync();
        }));

        var renting = Rent(pool);
        await asked.Task.WithinAsync("the application to be asked");
        if (how == "silence")
        {
            _time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.IsType<SocketConnection>(await renting);
        Assert.Equal([expected], _reasons);
    }

    [Fact]
    public async Task Rent_ApplicationNamesItsLimits_TheyAreKept()
    {
        var pool = Create(
            Settings with { MaxMultiplexedRequests = 2 },
            Start(connection => MultiplexingApplication.ServeAsync(
                connection, _ => Task.CompletedTask, [("FCGI_MPXS_CONNS", "1"), ("FCGI_MAX_CONNS", "2"), ("FCGI_MAX_REQS", "3"), ("OTHER", "x")])));

        var renting = Enumerable.Range(0, 5).Select(_ => Rent(pool)).ToArray();
        await Task.WhenAll(renting[..3]);

        Assert.Equal((2, 3, 2), (pool.OpenCount, pool.RunningCount, pool.WaitingCount));
        pool.Return(await renting[0], reusable: true);
        await renting[3];
        Assert.Equal((2, 3, 1), (pool.OpenCount, pool.RunningCount, pool.WaitingCount));
    }

    [Fact]
    public async Task Rent_ApplicationIsDown_AllFailAndItIsAskedAgainWhenItIsBack()
    {
        var responder = StartMultiplexing();
        await responder.StopAsync();
        var pool = Create(Settings, responder);

        foreach (var renting in new[] { Rent(pool), Rent(pool), Rent(pool) })
        {
            Assert.Equal(FastCgiError.ConnectFailed, (await Assert.ThrowsAsync<FastCgiException>(() => renting)).Error);
        }

        Assert.Equal((0, 0, 0), (pool.OpenCount, pool.RunningCount, pool.WaitingCount));
        responder.Restart();
        Assert.Equal("ok", await ExchangeAsync(await Rent(pool)));
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Fact]
    public async Task Rent_ApplicationGoesAndComesBackAnother_ItIsAskedAgain()
    {
        var multiplexes = true;
        var responder = Start(connection => multiplexes
            ? MultiplexingApplication.ServeAsync(connection, _ => Task.CompletedTask)
            : MultiplexingApplication.ServeAsync(connection, _ => Task.CompletedTask, []));
        var pool = Create(Settings, responder);
        var request = await Rent(pool);
        await responder.StopAsync();
        Assert.Equal(FastCgiError.ConnectionLost, (await Assert.ThrowsAsync<FastCgiException>(() => ExchangeAsync(request))).Error);
        pool.Return(request, reusable: false);
        Assert.Equal(FastCgiError.ConnectFailed, (await Assert.ThrowsAsync<FastCgiException>(() => Rent(pool))).Error);

        multiplexes = false;
        responder.Restart();
        request = await Rent(pool);
        Assert.IsType<SocketConnection>(request);
        pool.Return(request, reusable: false);

        await responder.StopAsync();
        Assert.Equal(FastCgiError.ConnectFailed, (await Assert.ThrowsAsync<FastCgiException>(() => Rent(pool))).Error);
        multiplexes = true;
        responder.Restart();
        Assert.IsType<MultiplexedRequest>(await Rent(pool));
    }

    [Fact]
    public async Task Idle_ApplicationClosesIt_IsNoticedAtOnce()
    {
        var close = new TaskCompletionSource();
        var stayOpen = new TaskCompletionSource();
        var pool = Create(Settings, Start(connection => Task.WhenAny(
            MultiplexingApplication.ServeAsync(connection, exchange => exchange.SendReplyAsync(Reply.Text("ok"))),
            connection.Number == 2 ? close.Task : stayOpen.Task)));
        var request = await Rent(pool);
        await ExchangeAsync(request);
        pool.Return(request, reusable: true);
        Assert.Equal(1, pool.OpenCount);

        close.SetResult();

        await Eventually.UntilAsync(() => pool.OpenCount == 0, "the pool to notice that the connection was closed");
        Assert.Equal("ok", await ExchangeAsync(await Rent(pool)));
    }

    [Fact]
    public async Task Rent_ConnectionWasLostUnderARequest_ANewOneIsMade()
    {
        var responder = Start(async connection =>
        {
            if (connection.Number == 2)
            {
                await connection.ReadRequestAsync();
                return;
            }

            await MultiplexingApplication.ServeAsync(connection, exchange => exchange.SendReplyAsync(Reply.Text("ok")));
        });
        var pool = Create(Settings, responder);
        var lost = await Rent(pool);
        Assert.Equal(FastCgiError.ConnectionLost, (await Assert.ThrowsAsync<FastCgiException>(() => ExchangeAsync(lost))).Error);
        pool.Return(lost, reusable: false);

        Assert.Equal((0, 0), (pool.OpenCount, pool.RunningCount));
        Assert.Equal("ok", await ExchangeAsync(await Rent(pool)));
    }

    [Fact]
    public async Task Rent_CannotMultiplex_RequestsHaveConnectionsOfTheirOwnFromThenOn()
    {
        var pool = Create(Settings, StartMultiplexing(async exchange =>
        {
            if (exchange.Request.Id == 2)
            {
                await exchange.EndRequestAsync(protocolStatus: 1);
            }
        }));
        var first = await Rent(pool);
        var second = await Rent(pool);
        var waiting = ExchangeAsync(first);

        Assert.Equal(FastCgiError.CannotMultiplex, (await Assert.ThrowsAsync<FastCgiException>(() => ExchangeAsync(second))).Error);
        pool.Return(second, reusable: false);

        Assert.Equal(["it has refused a request for sharing a connection: FCGI_CANT_MPX_CONN"], _reasons);
        Assert.IsType<SocketConnection>(await Rent(pool));
        Assert.False(waiting.IsCompleted);
        Assert.Equal((2, 1), (pool.OpenCount, pool.RunningCount));
        first.Abort(FastCgiError.Canceled);
        await Assert.ThrowsAsync<FastCgiException>(() => waiting);
        pool.Return(first, reusable: false);
        Assert.Equal((1, 0), (pool.OpenCount, pool.RunningCount));
    }

    [Fact]
    public async Task Return_GivenUp_KeepsItsPlaceUntilTheApplicationHasEndedIt()
    {
        var end = new TaskCompletionSource();
        var pool = Create(Settings with { MaxConnections = 1, MaxMultiplexedRequests = 2 }, StartMultiplexing(async exchange =>
        {
            await (exchange.Request.Id == 1 ? end.Task : Task.CompletedTask);
            await exchange.SendReplyAsync(Reply.Text("ok"));
        }));
        var first = await Rent(pool);
        await first.SendAsync(MultiplexedPair.Head());
        first.Abort(FastCgiError.Canceled);
        pool.Return(first, reusable: false);
        Assert.Equal(1, pool.RunningCount);

        var second = await Rent(pool);
        var third = Rent(pool);
        Assert.Equal((2, 1), (pool.RunningCount, pool.WaitingCount));

        end.SetResult();
        await third;
        Assert.Equal("ok", await ExchangeAsync(second));
    }

    [Fact]
    public async Task Return_MostWereGivenUp_TheNextConnectionIsMadeAndTheOldOneCloses()
    {
        var responder = StartMultiplexing(exchange => Task.CompletedTask);
        var pool = Create(Settings with { MaxMultiplexedRequests = 4 }, responder);
        var requests = new List<FastCgiConnection>();
        for (var i = 0; i < 4; i++)
        {
            requests.Add(await Rent(pool));
            await requests[i].SendAsync(MultiplexedPair.Head());
        }

        for (var i = 0; i < 3; i++)
        {
            pool.Return(requests[i], reusable: false);
        }

        Assert.Equal((1, 4), (pool.OpenCount, pool.RunningCount));
        await Rent(pool);
        Assert.Equal((2, 5), (pool.OpenCount, pool.RunningCount));
        pool.Return(requests[3], reusable: false);
        Assert.Equal((1, 1), (pool.OpenCount, pool.RunningCount));
        await responder.WaitForConnectionClosedAsync(2);
    }

    [Fact]
    public async Task Idle_IdleTimeoutPasses_IsClosed()
    {
        var responder = StartMultiplexing();
        var pool = Create(Settings with { MaxMultiplexedRequests = 1 }, responder);
        var first = await Rent(pool);
        var second = await Rent(pool);
        var busy = await Rent(pool);
        pool.Return(first, reusable: true);
        _time.Advance(TimeSpan.FromSeconds(3));
        pool.Return(second, reusable: true);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((2, 1), (pool.OpenCount, pool.RunningCount));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((1, 1), (pool.OpenCount, pool.RunningCount));
        await responder.WaitForConnectionClosedAsync(3);
        Assert.Equal("ok", await ExchangeAsync(busy));
    }

    [Theory]
    [InlineData("requests")]
    [InlineData("age")]
    [InlineData("idle")]
    public async Task Return_LimitOfTheConnection_ClosesItWhenNobodyUsesIt(string limit)
    {
        var responder = StartMultiplexing();
        var settings = Settings with { IdleTimeout = TimeSpan.FromDays(1) };
        var pool = Create(
            limit switch
            {
                "requests" => settings with { MaxRequestsPerConnection = 2 },
                "idle" => settings with { MaxIdleConnections = 0 },
                _ => settings,
            },
            responder);
        var first = await Rent(pool);
        var second = await Rent(pool);
        if (limit == "age")
        {
            _time.Advance(TimeSpan.FromMinutes(10));
        }

        pool.Return(first, reusable: true);
        Assert.Equal(1, pool.OpenCount);
        pool.Return(second, reusable: true);

        Assert.Equal(0, pool.OpenCount);
        await responder.WaitForConnectionClosedAsync(2);
    }

    [Fact]
    public async Task Rent_OldConnectionAndNoRoomForAnother_GoesOnWithIt()
    {
        var pool = Create(Settings with { MaxConnections = 1, MaxRequestsPerConnection = 1 }, StartMultiplexing());
        var first = await Rent(pool);

        var second = await Rent(pool);

        Assert.Equal((1, 2), (pool.OpenCount, pool.RunningCount));
        pool.Return(first, reusable: true);
        Assert.Equal("ok", await ExchangeAsync(second));
    }

    [Fact]
    public async Task Rent_ApplicationDoesNotReadAConnection_TheNextRequestsGoToAnother()
    {
        var read = new TaskCompletionSource();
        var pool = Create(Settings with { MaxConnections = 2 }, Start(async connection =>
        {
            await (connection.Number == 2 ? read.Task : Task.CompletedTask);
            await MultiplexingApplication.ServeAsync(connection, exchange => exchange.SendReplyAsync(Reply.Text("ok")));
        }));
        var stuck = await Rent(pool);
        await MultiplexedConnectionTests.FillAsync(stuck);
        Assert.Equal(1, pool.OpenCount);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        var other = await Rent(pool);
        Assert.Equal("ok", await ExchangeAsync(other));
        var another = await Rent(pool);

        Assert.Equal("ok", await ExchangeAsync(another));
        Assert.Equal(2, pool.OpenCount);
        pool.Return(stuck, reusable: false);
        read.SetResult();
    }

    [Fact]
    public async Task Retire_ClosesIdleAtOnceAndOthersWhenTheyAre()
    {
        var responder = StartMultiplexing();
        var pool = Create(Settings with { MaxMultiplexedRequests = 1 }, responder);
        var idle = await Rent(pool);
        var busy = await Rent(pool);
        pool.Return(idle, reusable: true);

        pool.Retire();
        Assert.Equal((1, 1), (pool.OpenCount, pool.RunningCount));
        Assert.Equal("ok", await ExchangeAsync(busy));
        pool.Return(busy, reusable: true);

        Assert.Equal((0, 0), (pool.OpenCount, pool.RunningCount));
        pool.Return(await Rent(pool), reusable: true);
        Assert.Equal(0, pool.OpenCount);
        await responder.WaitForConnectionClosedAsync(4);
    }

    [Fact]
    public async Task Rent_Canceled_LeavesItsPlaceInTheQueue()
    {
        using var cancellation = new CancellationTokenSource();
        var pool = Create(Settings with { MaxConnections = 1, MaxMultiplexedRequests = 1 }, StartMultiplexing());
        var request = await Rent(pool);
        var canceled = Rent(pool, cancellation.Token);
        var next = Rent(pool);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);

        pool.Return(request, reusable: true);
        pool.Return(await next, reusable: true);
        Assert.Equal((1, 0, 0), (pool.OpenCount, pool.RunningCount, pool.WaitingCount));
    }

    private static async Task<string> ExchangeAsync(FastCgiConnection request)
    {
        await request.SendAsync(MultiplexedPair.Head()).AsTask().WithinAsync("the request to be sent");
        return await SharedResponse.ReadTextAsync((MultiplexedRequest)request);
    }

    private static Task<FastCgiConnection> Rent(MultiplexedPool pool, CancellationToken cancellationToken = default)
        => pool.RentAsync(mayReuse: true, cancellationToken).AsTask().WithinAsync("a connection");

    private ScriptedResponder StartAnswering(byte[] answer) => Start(async connection =>
    {
        if (connection.Number == 1)
        {
            await connection.ReadRecordAsync();
            await connection.SendRawAsync(answer);
        }

        await connection.WaitForPeerCloseAsync();
    });

    private ScriptedResponder StartMultiplexing(Func<MultiplexedExchange, Task>? serve = null)
        => Start(connection => MultiplexingApplication.ServeAsync(connection, serve ?? (exchange => exchange.SendReplyAsync(Reply.Text("ok")))));

    private ScriptedResponder Start(Func<ScriptedConnection, Task> script)
    {
        var responder = ScriptedResponder.Start(script);
        _responders.Add(responder);
        return responder;
    }

    private MultiplexedPool Create(ConnectionSettings settings, ScriptedResponder responder)
    {
        var pool = new MultiplexedPool(FastCgiEndpoint.Parse(responder.Address), settings, _time, (_, why) => _reasons.Add(why));
        _pools.Add(pool);
        return pool;
    }
}
