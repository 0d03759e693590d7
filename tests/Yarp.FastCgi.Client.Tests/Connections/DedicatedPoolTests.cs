using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

public sealed class DedicatedPoolTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedResponder _responder = ScriptedResponder.Start(connection => connection.WaitForPeerCloseAsync());
    private readonly List<DedicatedPool> _pools = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var pool in _pools)
        {
            pool.Dispose();
        }

        await _responder.DisposeAsync();
    }

    [Fact]
    public async Task Return_WithoutKeepAlive_Closes()
    {
        var pool = Create(PoolSettings.Default);
        var connection = await Rent(pool);
        Assert.Equal((1, 0), (pool.OpenCount, pool.IdleCount));

        pool.Return(connection, reusable: true);

        Assert.Equal((0, 0), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync();
    }

    [Fact]
    public async Task Return_KeepAlive_IsReused()
    {
        var pool = Create(PoolSettings.KeepAlive);
        var connection = await Rent(pool);
        Assert.Equal(0, connection.CompletedRequests);

        pool.Return(connection, reusable: true);
        Assert.Equal((1, 1), (pool.OpenCount, pool.IdleCount));

        Assert.Same(connection, await Rent(pool));
        Assert.Equal(1, connection.CompletedRequests);
        Assert.Equal((1, 0), (pool.OpenCount, pool.IdleCount));
    }

    [Theory]
    [InlineData("not in step")]
    [InlineData("aborted")]
    public async Task Return_NotReusable_Closes(string why)
    {
        var pool = Create(PoolSettings.KeepAlive);
        var connection = await Rent(pool);
        if (why == "aborted")
        {
            connection.Abort(FastCgiError.Canceled);
        }

        pool.Return(connection, reusable: why == "aborted");

        Assert.Equal((0, 0), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync();
    }

    [Fact]
    public async Task Return_DeadlineArmed_DoesNotStrikeTheNextRequest()
    {
        var pool = Create(PoolSettings.KeepAlive with { IdleTimeout = TimeSpan.FromDays(1) });
        var connection = await Rent(pool);
        connection.Deadline.Arm(TimeSpan.FromSeconds(60), FastCgiError.ActivityTimeout);
        pool.Return(connection, reusable: true);

        _time.Advance(TimeSpan.FromSeconds(61));

        Assert.Same(connection, await Rent(pool));
        Assert.False(connection.IsAborted);
    }

    [Fact]
    public async Task Rent_SeveralIdle_TakesTheLastReturned()
    {
        var pool = Create(PoolSettings.KeepAlive);
        var a = await Rent(pool);
        var b = await Rent(pool);
        var c = await Rent(pool);
        pool.Return(b, reusable: true);
        pool.Return(c, reusable: true);
        pool.Return(a, reusable: true);

        Assert.Same(a, await Rent(pool));
        Assert.Same(c, await Rent(pool));
        Assert.Same(b, await Rent(pool));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rent_MaxConnectionsInUse_WaitsForOne(bool keepAlive)
    {
        var pool = Create(PoolSettings.Default with { KeepAlive = keepAlive, MaxConnections = 2 });
        var first = await Rent(pool);
        await Rent(pool);

        var waiting = Rent(pool);
        Assert.False(waiting.IsCompleted);
        Assert.Equal((2, 1), (pool.OpenCount, pool.WaitingCount));

        pool.Return(first, reusable: true);
        var third = await waiting;

        Assert.Equal(keepAlive, ReferenceEquals(first, third));
        Assert.Equal((2, 0, 0), (pool.OpenCount, pool.WaitingCount, pool.IdleCount));
        await _responder.WaitForConnectionAsync(keepAlive ? 2 : 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rent_SeveralWait_AreServedInOrderOfArrival(bool keepAlive)
    {
        var pool = Create(PoolSettings.Default with { KeepAlive = keepAlive, MaxConnections = 1 });
        var connection = await Rent(pool);
        var waiting = Enumerable.Range(0, 5).Select(_ => Rent(pool)).ToArray();

        for (var i = 0; i < waiting.Length; i++)
        {
            pool.Return(connection, reusable: true);
            connection = await waiting[i];
            Assert.All(waiting[(i + 1)..], later => Assert.False(later.IsCompleted));
        }

        pool.Return(connection, reusable: true);
        Assert.Equal(keepAlive ? 1 : 0, pool.OpenCount);
    }

    [Fact]
    public async Task Rent_QueueIsFull_IsRefused()
    {
        var pool = Create(PoolSettings.Default with { MaxConnections = 2, QueueLimit = 1 });
        var connection = await Rent(pool);
        await Rent(pool);
        Assert.False(pool.IsQueueFull);
        var waiting = Rent(pool);
        Assert.True(pool.IsQueueFull);

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => Rent(pool));

        Assert.Equal(FastCgiError.QueueFull, exception.Error);
        Assert.Equal($"All 2 connections to {pool.Endpoint} (MaxConnections) are in use and 1 requests wait (QueueLimit).", exception.Message);
        pool.Return(connection, reusable: true);
        await waiting;
        Assert.False(pool.IsQueueFull);
    }

    [Fact]
    public async Task Rent_NoQueue_IsRefusedAtOnceAndServedWhenOneIsIdle()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1, QueueLimit = 0 });
        Assert.False(pool.IsQueueFull);
        var connection = await Rent(pool);
        Assert.True(pool.IsQueueFull);

        Assert.Equal(FastCgiError.QueueFull, (await Assert.ThrowsAsync<FastCgiException>(() => Rent(pool))).Error);

        pool.Return(connection, reusable: true);
        Assert.False(pool.IsQueueFull);
        Assert.Same(connection, await Rent(pool));
    }

    [Fact]
    public async Task Rent_NothingBecomesFree_TimesOutInTheQueue()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1 });
        var connection = await Rent(pool);
        var first = Rent(pool);
        _time.Advance(TimeSpan.FromSeconds(6));
        var second = Rent(pool);

        _time.Advance(TimeSpan.FromSeconds(4));
        var exception = await Assert.ThrowsAsync<FastCgiException>(() => first);

        Assert.Equal(FastCgiError.QueueTimeout, exception.Error);
        Assert.Equal($"None of the 1 connections to {pool.Endpoint} (MaxConnections) became free within QueueTimeout (00:00:10).", exception.Message);
        Assert.Equal(1, pool.WaitingCount);
        pool.Return(connection, reusable: true);
        Assert.Same(connection, await second);
    }

    [Fact]
    public async Task Rent_CanceledInTheQueue_LeavesItsPlace()
    {
        using var cancellation = new CancellationTokenSource();
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1 });
        var connection = await Rent(pool);
        var first = Rent(pool, cancellationToken: cancellation.Token);
        var second = Rent(pool);

        await cancellation.CancelAsync();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        Assert.Equal(cancellation.Token, exception.CancellationToken);
        Assert.Equal((1, 1), (pool.OpenCount, pool.WaitingCount));
        pool.Return(connection, reusable: true);
        Assert.Same(connection, await second);
        pool.Return(connection, reusable: false);
        Assert.Equal(0, pool.OpenCount);
    }

    [Fact]
    public async Task Rent_CanceledBefore_TakesNothing()
    {
        var pool = Create(PoolSettings.KeepAlive);
        pool.Return(await Rent(pool), reusable: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Rent(pool, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal((1, 1), (pool.OpenCount, pool.IdleCount));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rent_CanceledWhileItIsBeingServed_LosesNothing(bool keepAlive)
    {
        var pool = Create(PoolSettings.Default with { KeepAlive = keepAlive, MaxConnections = 1 });
        using var barrier = new Barrier(2);
        for (var i = 0; i < 500; i++)
        {
            using var cancellation = new CancellationTokenSource();
            var connection = await Rent(pool);
            var waiting = Rent(pool, cancellationToken: cancellation.Token);
            var canceling = Task.Run(() =>
            {
                barrier.SignalAndWait();
                cancellation.Cancel();
            });
            await Task.Run(() =>
            {
                barrier.SignalAndWait();
                pool.Return(connection, reusable: true);
            });
            await canceling;

            try
            {
                pool.Return(await waiting, reusable: true);
            }
            catch (OperationCanceledException)
            {
                // What it was given nevertheless comes back at the latest now, or the next Rent waits in vain.
            }
        }

        await Rent(pool);
        Assert.Equal((1, 0), (pool.OpenCount, pool.WaitingCount));
    }

    [Fact]
    public async Task Rent_ConnectFails_FreesItsPlace()
    {
        var pool = Create(PoolSettings.Default with { MaxConnections = 1, QueueLimit = 0 }, await ScriptedResponder.UnusedAddressAsync());

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(FastCgiError.ConnectFailed, (await Assert.ThrowsAsync<FastCgiException>(() => Rent(pool))).Error);
            Assert.Equal(0, pool.OpenCount);
        }
    }

    [Fact]
    public async Task Rent_ConnectIsGivenUp_GivesItsPlaceToTheNextInTheQueue()
    {
        using var directory = new TempDirectory();
        using var full = await FullBacklog.ListenAsync(new UnixDomainSocketEndPoint(directory.Combine("app.sock")));
        using var cancellation = new CancellationTokenSource();
        var pool = Create(PoolSettings.Default with { MaxConnections = 1 }, "unix:" + full.EndPoint);
        var connecting = Rent(pool, cancellationToken: cancellation.Token);
        var waiting = Rent(pool);
        Assert.Equal((1, 1), (pool.OpenCount, pool.WaitingCount));

        await full.AcceptAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        pool.Return(await waiting, reusable: true);
        Assert.Equal(0, pool.OpenCount);
    }

    [Fact]
    public async Task Idle_IdleTimeoutPasses_IsClosed()
    {
        var pool = Create(PoolSettings.KeepAlive);
        var first = await Rent(pool);
        var second = await Rent(pool);
        var rented = await Rent(pool);
        pool.Return(first, reusable: true);
        _time.Advance(TimeSpan.FromSeconds(3));
        pool.Return(second, reusable: true);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((2, 1), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync(1);

        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((1, 0), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync(2);
        Assert.True(rented.IsQuiet());
    }

    [Fact]
    public async Task Idle_ReusedInBetween_CountsFromItsLastReturn()
    {
        var pool = Create(PoolSettings.KeepAlive);
        var connection = await Rent(pool);
        for (var i = 0; i < 5; i++)
        {
            pool.Return(connection, reusable: true);
            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.Same(connection, await Rent(pool));
            _time.Advance(TimeSpan.FromSeconds(4));
        }

        Assert.True(connection.IsQuiet());
    }

    [Theory]
    [InlineData("close")]
    [InlineData("bytes")]
    public async Task Idle_ApplicationTouchesIt_IsClosedWithinASecond(string what)
    {
        var touch = new TaskCompletionSource();
        var touched = new TaskCompletionSource();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            if (connection.Number == 2)
            {
                await touch.Task;
                await (what == "close" ? CloseAsync() : connection.SendStdoutAsync("late"));
                touched.SetResult();
            }

            await connection.WaitForPeerCloseAsync();

            Task CloseAsync()
            {
                connection.ShutdownSend();
                return Task.CompletedTask;
            }
        });
        var pool = Create(PoolSettings.KeepAlive, responder.Address);
        var first = await Rent(pool);
        var second = await Rent(pool);
        pool.Return(first, reusable: true);
        pool.Return(second, reusable: true);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((2, 2), (pool.OpenCount, pool.IdleCount));

        touch.SetResult();
        await touched.Task.WithinAsync("the application's move");
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((1, 1), (pool.OpenCount, pool.IdleCount));
        await responder.WaitForConnectionClosedAsync();
        Assert.Same(first, await Rent(pool));
    }

    [Fact]
    public async Task Return_MaxIdleConnectionsReached_ClosesTheOneLongestOutOfUse()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxIdleConnections = 2 });
        var a = await Rent(pool);
        var b = await Rent(pool);
        var c = await Rent(pool);
        pool.Return(b, reusable: true);
        pool.Return(c, reusable: true);

        pool.Return(a, reusable: true);

        Assert.Equal((2, 2), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync();
        Assert.Same(a, await Rent(pool));
        Assert.Same(c, await Rent(pool));
    }

    [Fact]
    public async Task Return_NoIdleConnectionsAllowed_ServesWhoWaitsAndClosesOtherwise()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1, MaxIdleConnections = 0 });
        var connection = await Rent(pool);
        var waiting = Rent(pool);

        pool.Return(connection, reusable: true);
        Assert.Same(connection, await waiting);
        pool.Return(connection, reusable: true);

        Assert.Equal((0, 0), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync();
    }

    [Fact]
    public async Task Return_MaxRequestsPerConnectionServed_Closes()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxRequestsPerConnection = 3 });
        var connection = await Rent(pool);
        pool.Return(connection, reusable: true);
        Assert.Same(connection, await Rent(pool));
        pool.Return(connection, reusable: true);
        Assert.Same(connection, await Rent(pool));

        pool.Return(connection, reusable: true);

        Assert.Equal((0, 0), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Return_MaxConnectionLifetimeReached_Closes()
    {
        var pool = Create(PoolSettings.KeepAlive);
        var connection = await Rent(pool);
        pool.Return(connection, reusable: true);
        Assert.Same(connection, await Rent(pool));
        _time.Advance(TimeSpan.FromMinutes(10));

        pool.Return(connection, reusable: true);

        Assert.Equal((0, 0), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Return_FirstRequestTookLongerThanMaxConnectionLifetime_Keeps()
    {
        var pool = Create(PoolSettings.KeepAlive);
        var connection = await Rent(pool);
        _time.Advance(TimeSpan.FromMinutes(10));

        pool.Return(connection, reusable: true);

        Assert.Equal((1, 1), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Idle_ReachesItsLifetime_IsClosedThen()
    {
        var pool = Create(PoolSettings.KeepAlive with { IdleTimeout = TimeSpan.FromDays(1), MaxConnectionLifetime = TimeSpan.FromMilliseconds(100) });
        pool.Return(await Rent(pool), reusable: true);

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(1, pool.OpenCount);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((0, 0), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Idle_OlderThanThoseThatWereIdleBefore_IsClosedInTime()
    {
        var pool = Create(PoolSettings.KeepAlive with { IdleTimeout = TimeSpan.FromDays(1), MaxConnectionLifetime = TimeSpan.FromMilliseconds(300) });
        pool.Return(await Rent(pool), reusable: true);
        var older = await Rent(pool);
        var younger = await Rent(pool);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        pool.Return(younger, reusable: true);
        pool.Return(older, reusable: true);

        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal((1, 1), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Rent_IdleReachedItsLifetime_TakesANewOne()
    {
        var pool = Create(PoolSettings.KeepAlive with { IdleTimeout = TimeSpan.FromDays(1) });
        var connection = await Rent(pool);
        pool.Return(connection, reusable: true);
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.NotSame(connection, await Rent(pool));

        Assert.Equal((1, 0), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync();
    }

    [Theory]
    [InlineData("close")]
    [InlineData("bytes")]
    public async Task Rent_ApplicationTouchedTheIdleOne_TakesANewOne(string what)
    {
        var touch = new TaskCompletionSource();
        var touched = new TaskCompletionSource();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await touch.Task;
            if (what == "close")
            {
                connection.Close();
            }
            else
            {
                await connection.SendStdoutAsync("late");
            }

            touched.TrySetResult();
            await (what == "close" ? Task.CompletedTask : connection.WaitForPeerCloseAsync());
        });
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1 }, responder.Address);
        var idle = await Rent(pool);
        pool.Return(idle, reusable: true);
        touch.SetResult();
        await touched.Task.WithinAsync("the application's move");

        Assert.NotSame(idle, await Rent(pool));

        Assert.Equal((1, 0), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Return_ApplicationHasClosedAndOneWaits_LetsItMakeANewOne()
    {
        var close = new TaskCompletionSource();
        var closed = new TaskCompletionSource();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            if (connection.Number == 1)
            {
                await close.Task;
                connection.Close();
                closed.SetResult();
            }
            else
            {
                await connection.WaitForPeerCloseAsync();
            }
        });
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1 }, responder.Address);
        var first = await Rent(pool);
        var waiting = Rent(pool);
        close.SetResult();
        await closed.Task.WithinAsync("the application to close");

        pool.Return(first, reusable: true);
        var second = await waiting;

        Assert.NotSame(first, second);
        Assert.True(second.IsQuiet());
        Assert.Equal((1, 0), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Rent_MayNotReuse_ConnectsBesideTheIdleOne()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 2 });
        var idle = await Rent(pool);
        pool.Return(idle, reusable: true);

        Assert.NotSame(idle, await Rent(pool, mayReuse: false));

        Assert.Equal((2, 1), (pool.OpenCount, pool.IdleCount));
    }

    [Fact]
    public async Task Rent_MayNotReuseAndNoRoom_ClosesTheOldestIdleOne()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 2 });
        var oldest = await Rent(pool);
        var newest = await Rent(pool);
        pool.Return(oldest, reusable: true);
        pool.Return(newest, reusable: true);

        var fresh = await Rent(pool, mayReuse: false);

        Assert.Equal(0, fresh.CompletedRequests);
        Assert.Equal((2, 1), (pool.OpenCount, pool.IdleCount));
        Assert.Same(newest, await Rent(pool));
        await _responder.WaitForConnectionClosedAsync();
    }

    [Fact]
    public async Task Return_WaiterMayNotReuse_GetsANewOne()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1 });
        var connection = await Rent(pool);
        var waiting = Rent(pool, mayReuse: false);

        pool.Return(connection, reusable: true);

        Assert.NotSame(connection, await waiting);
        Assert.Equal((1, 0, 0), (pool.OpenCount, pool.IdleCount, pool.WaitingCount));
    }

    [Fact]
    public async Task Retire_ClosesIdleAtOnceAndRentedOnReturn()
    {
        var pool = Create(PoolSettings.KeepAlive);
        var rented = await Rent(pool);
        pool.Return(await Rent(pool), reusable: true);

        pool.Retire();
        Assert.Equal((1, 0), (pool.OpenCount, pool.IdleCount));
        Assert.True(rented.IsQuiet());

        pool.Return(rented, reusable: true);
        Assert.Equal((0, 0), (pool.OpenCount, pool.IdleCount));
        await _responder.WaitForConnectionClosedAsync(2);
    }

    [Fact]
    public async Task Retire_OneWaits_IsServed()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 1 });
        var rented = await Rent(pool);
        var waiting = Rent(pool);

        pool.Retire();
        pool.Retire();
        pool.Return(rented, reusable: true);

        pool.Return(await waiting, reusable: true);
        pool.Return(await Rent(pool), reusable: true);
        Assert.Equal((0, 0, 0), (pool.OpenCount, pool.IdleCount, pool.WaitingCount));
        _time.Advance(TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task Return_Idle_DoesNotHoldOnToTheRequestsExecutionContext()
    {
        var pool = new DedicatedPool(FastCgiEndpoint.Parse(_responder.Address), PoolSettings.KeepAlive with { IdleTimeout = TimeSpan.FromHours(1) }, TimeProvider.System);
        _pools.Add(pool);

        var request = await RentAndReturnAsync(pool);

        Assert.Equal(1, pool.IdleCount);
        await Eventually.UntilAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return !request.IsAlive;
            },
            "what the first request kept in an AsyncLocal to be collected");
        GC.KeepAlive(pool);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> RentAndReturnAsync(DedicatedPool pool)
    {
        // Undone with this method's end.
        var ambient = new AsyncLocal<object> { Value = new object() };
        pool.Return(await Rent(pool), reusable: true);
        return new WeakReference(ambient.Value);
    }

    [Fact]
    public async Task Resize_Larger_WaitingRequestsConnect()
    {
        var pool = Create(PoolSettings.Default with { MaxConnections = 1 });
        await Rent(pool);
        var waiting = Rent(pool);
        var last = Rent(pool);
        Assert.True(pool.IsSaturated);

        pool.Resize(3);

        await waiting;
        await last;
        Assert.Equal((3, 0, 3), (pool.OpenCount, pool.WaitingCount, pool.RequestCount));
        Assert.True(pool.IsSaturated);
    }

    [Fact]
    public async Task Resize_Smaller_IdleOnesCloseAndOthersWhenTheyComeBack()
    {
        var pool = Create(PoolSettings.KeepAlive with { MaxConnections = 3 });
        var rented = new[] { await Rent(pool), await Rent(pool), await Rent(pool) };
        pool.Return(rented[0], reusable: true);

        pool.Resize(1);
        Assert.Equal((2, 0), (pool.OpenCount, pool.IdleCount));
        var waiting = Rent(pool);
        pool.Return(rented[1], reusable: true);
        Assert.Equal((1, 1), (pool.OpenCount, pool.WaitingCount));
        Assert.False(waiting.IsCompleted);

        pool.Return(rented[2], reusable: true);
        Assert.Same(rented[2], await waiting);
        Assert.Equal(3, pool.AnsweredCount);
    }

    private DedicatedPool Create(ConnectionSettings settings, string? address = null)
    {
        var pool = new DedicatedPool(FastCgiEndpoint.Parse(address ?? _responder.Address), settings, _time);
        _pools.Add(pool);
        return pool;
    }

    private static async Task<PooledConnection> Rent(DedicatedPool pool, bool mayReuse = true, CancellationToken cancellationToken = default)
        => (PooledConnection)await pool.RentAsync(mayReuse, cancellationToken).AsTask().WithinAsync("a connection");
}
