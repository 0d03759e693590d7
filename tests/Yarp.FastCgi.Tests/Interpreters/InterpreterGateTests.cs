using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Interpreters;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Interpreters;

public class InterpreterGateTests
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider _time = new();
    private readonly InterpreterGate _gate;

    public InterpreterGateTests() => _gate = new InterpreterGate(StartTimeout, "cluster 'php', destination 'a'", _time);

    [Fact]
    public async Task Enter_Closed_AsksForAProcessAndWaitsForIt()
    {
        var wanted = 0;
        _gate.Wanted += () => wanted++;

        var entering = Enter();
        Assert.False(entering.IsCompleted);
        Assert.Equal(1, wanted);
        _gate.SetOpen(true);

        Assert.True(await entering.WithinAsync("the request to be let in"));
        Assert.Equal(1, _gate.Count);
    }

    [Fact]
    public async Task Enter_NothingStartsInTime_FailsNamingDestinationAndSetting()
    {
        var entering = Enter();
        _time.Advance(StartTimeout);

        var failure = await Assert.ThrowsAsync<FastCgiException>(() => entering.WithinAsync("the request to fail"));
        Assert.Equal(FastCgiError.ConnectFailed, failure.Error);
        Assert.Equal("The interpreter of cluster 'php', destination 'a' did not accept connections within StartTimeout (00:00:03).", failure.Message);
    }

    [Fact]
    public async Task Enter_Failed_FailsAtOnceUntilItRunsAgain()
    {
        var waiting = Enter();
        _gate.SetFailure("it is broken");

        Assert.Equal("it is broken", (await Assert.ThrowsAsync<FastCgiException>(() => waiting.WithinAsync("the request to fail"))).Message);
        await Assert.ThrowsAsync<FastCgiException>(Enter);
        _gate.SetFailure(null);
        _gate.SetOpen(true);
        Assert.True(await Enter());
    }

    [Fact]
    public async Task Enter_OneIsLetIn_TheOthersWait()
    {
        _gate.LetOneIn();

        Assert.True(await Enter());
        Assert.True(_gate.IsTrialTaken);
        var second = Enter();
        Assert.False(second.IsCompleted);
        _gate.SetOpen(true);
        Assert.True(await second.WithinAsync("the request to be let in"));
    }

    [Fact]
    public async Task Enter_Held_WaitsWithoutLimit()
    {
        _gate.SetOpen(true);
        Assert.True(_gate.TryHoldIdle());

        var entering = Enter();
        _time.Advance(StartTimeout * 10);
        Assert.False(entering.IsCompleted);
        _gate.LetGo();

        Assert.True(await entering.WithinAsync("the request to be let in"));
    }

    [Fact]
    public async Task Enter_Gone_LooksForAnother()
    {
        var entering = Enter();
        _gate.SetGone();

        Assert.False(await entering.WithinAsync("the request to be let go"));
        Assert.False(await Enter());
    }

    [Fact]
    public async Task Enter_Canceled_EndsTheWait()
    {
        using var cancellation = new CancellationTokenSource();
        var entering = _gate.EnterAsync(_time.GetTimestamp(), cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => entering.WithinAsync("the wait to end"));
        Assert.Equal(0, _gate.Count);
    }

    [Fact]
    public async Task Drain_ConnectionsOpen_WaitsForTheLastOne()
    {
        _gate.SetOpen(true);
        await Enter();
        _gate.Add();
        _gate.Release();

        var draining = _gate.DrainAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        Assert.False(draining.IsCompleted);
        Assert.False(_gate.TryHoldIdle());
        _gate.Release();

        Assert.True(await draining.WithinAsync("the gate to be empty"));
        Assert.True(_gate.TryHoldIdle());
    }

    [Fact]
    public async Task Drain_TakesTooLong_GivesUp()
    {
        _gate.SetOpen(true);
        await Enter();

        var draining = _gate.DrainAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.False(await draining.WithinAsync("the wait to end"));
    }

    [Fact]
    public async Task IdleTime_CountsFromTheLastConnection()
    {
        _gate.SetOpen(true);
        await Enter();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, _gate.IdleTime);
        _gate.Release();
        _time.Advance(TimeSpan.FromSeconds(7));

        Assert.Equal(TimeSpan.FromSeconds(7), _gate.IdleTime);
    }

    private Task<bool> Enter() => _gate.EnterAsync(_time.GetTimestamp(), CancellationToken.None).AsTask();
}
