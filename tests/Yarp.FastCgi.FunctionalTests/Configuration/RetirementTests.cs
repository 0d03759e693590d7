using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy;

namespace Yarp.FastCgi.FunctionalTests.Configuration;

/// <summary>What a reload takes away finishes its requests first, and keeps no connection afterwards.</summary>
public sealed class RetirementTests : IAsyncLifetime
{
    private const string KeptForAnHour = """ "MaxConnections": 1, "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00" """;

    private readonly TaskCompletionSource _release = NewSignal();
    private readonly TaskCompletionSource _heldHasCome = NewSignal();
    private readonly TaskCompletionSource _releaseHeld = NewSignal();
    private readonly ScriptedResponder _old;
    private readonly ScriptedResponder _new = ScriptedResponder.Start(_ => Reply.Text("new"));

    public RetirementTests() => _old = ScriptedResponder.Start(ServeAsync);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _old.DisposeAsync();
        await _new.DisposeAsync();
    }

    [Theory]
    [InlineData("destination removed")]
    [InlineData("cluster removed")]
    [InlineData("connection settings changed")]
    public async Task Reload_RequestsInFlight_AreFinishedAndTheirConnectionsClosed(string change)
    {
        await using var proxy = await StartAsync();
        var pools = Pools(proxy);
        var pool = pools.Get(_old.Address);

        // One in the middle of its response, one in the queue behind it, and one that has its cluster but no connection yet.
        using var streamed = await proxy.Client.GetAsync("/streamed", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await streamed.Content.ReadAsStreamAsync();
        var first = new byte["first ".Length];
        await body.ReadExactlyAsync(first).AsTask().WithinAsync("the first part of the response");
        var queued = proxy.Client.GetStringAsync("/queued");
        await Eventually.UntilAsync(() => pool.WaitingCount == 1, "a request to wait in the queue");
        var held = proxy.Client.GetStringAsync("/held");
        await _heldHasCome.Task.WithinAsync("the held request to come");

        Assert.Null(await proxy.ReloadAsync(Changed(change)));

        if (change != "connection settings changed")
        {
            Assert.Equal("new", await proxy.Client.GetStringAsync("/"));
            Assert.DoesNotContain(_old.Requests, request => request["REQUEST_URI"] == "/");
        }

        _releaseHeld.SetResult();
        _release.SetResult();
        using var rest = new StreamReader(body);
        Assert.Equal("rest", await rest.ReadToEndAsync().WithinAsync("the rest of the response"));
        Assert.Equal("/queued", await queued);
        Assert.Equal("/held", await held);

        await _old.WaitForConnectionClosedAsync(_old.AcceptedConnections);
        await Eventually.UntilAsync(() => pool.OpenCount == 0 && pools.Get(_old.Address).OpenCount == 0, "the places of the closed connections to be free");
        Assert.Equal(3, _old.Requests.Count);
    }

    [Fact]
    public async Task Reload_RemovedDestinationComesBack_ItsConnectionsAreKeptAgain()
    {
        await using var proxy = await StartAsync();
        var pools = Pools(proxy);
        var held = proxy.Client.GetStringAsync("/held");
        await _heldHasCome.Task.WithinAsync("the held request to come");
        Assert.Null(await proxy.ReloadAsync(Changed("destination removed")));
        _releaseHeld.SetResult();
        Assert.Equal("/held", await held);
        Assert.True(pools.Get(_old.Address).IsRetired);

        Assert.Null(await proxy.ReloadAsync(Json()));

        Assert.Equal("/a", await proxy.Client.GetStringAsync("/a"));
        Assert.Equal("/b", await proxy.Client.GetStringAsync("/b"));
        Assert.Same(pools, Pools(proxy));
        Assert.Equal(_old.Requests[^2].ConnectionNumber, _old.Requests[^1].ConnectionNumber);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static DestinationPools Pools(TestProxy proxy)
    {
        Assert.True(proxy.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("app", out var cluster));
        return Assert.IsType<FastCgiMessageInvoker>(cluster.Model.HttpClient).Pools;
    }

    private Task<TestProxy> StartAsync() => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = Json().ToString(),
        Pipeline = pipeline => pipeline.Use(async (context, next) =>
        {
            if (context.Request.Path == "/held")
            {
                _heldHasCome.SetResult();
                await _releaseHeld.Task.WithinAsync("the test to let the held request go");
            }

            await next();
        }),
    });

    private ProxyJson Json() => new(_old.Address) { ClusterFastCgi = KeptForAnHour };

    private string Changed(string change) => change switch
    {
        "destination removed" => Json().At(_new.Address).ToString().Replace("\"a\":", "\"b\":", StringComparison.Ordinal),
        "cluster removed" => Json().At(_new.Address).ToString().Replace("\"app\"", "\"other\"", StringComparison.Ordinal),
        _ => (Json() with { ClusterFastCgi = """ "MaxConnections": 1 """ }).ToString(),
    };

    private async Task ServeAsync(ScriptedConnection connection)
    {
        while (await connection.TryReadRequestAsync() is { } request)
        {
            if (request["REQUEST_URI"] == "/streamed")
            {
                await connection.SendStdoutAsync("Content-Type: text/plain\r\n\r\nfirst ");
                await _release.Task.WithinAsync("the test to let the response go on");
                await connection.SendStdoutAsync("rest");
                await connection.EndRequestAsync();
            }
            else
            {
                await connection.SendReplyAsync(Reply.Text(request["REQUEST_URI"]!));
            }
        }
    }
}
