using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Connections;

public class QueueTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MaxConnections_MoreRequests_WaitAndAreServed(bool keepAlive)
    {
        var atWork = 0;
        var most = 0;
        await using var responder = ScriptedResponder.Start(async request =>
        {
            var now = Interlocked.Increment(ref atWork);
            Volatile.Write(ref most, Math.Max(now, Volatile.Read(ref most)));
            await Task.Yield();
            Interlocked.Decrement(ref atWork);
            return Reply.Text(request["QUERY_STRING"]!);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = $""" "MaxConnections": 3, "KeepAlive": "{keepAlive}" """ });

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => proxy.Client.GetStringAsync($"/?{i}")));

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), answers);
        Assert.InRange(most, 1, 3);
    }

    [Fact]
    public async Task QueueTimeout_NoConnectionInTime_Is503WithRetryAfter()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the first request go");
            return Reply.Text("ok");
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1, "QueueTimeout": "00:00:00.1" """ });

        var first = proxy.Client.GetStringAsync("/first");
        await responder.WaitForRequestAsync();
        using var second = await proxy.Client.GetAsync("/second");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.NotNull(second.Headers.RetryAfter);
        release.SetResult();
        Assert.Equal("ok", await first);
        Assert.Single(responder.Requests);
    }

    [Fact]
    public async Task Queue_ClientThatWaitedIsGone_TheNextOneIsServed()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async request =>
        {
            await release.Task.WithinAsync("the test to let the first request go");
            return Reply.Text(request["REQUEST_URI"]!);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1 """ });

        var first = proxy.Client.GetStringAsync("/first");
        await responder.WaitForRequestAsync();
        using (var gone = await proxy.ConnectAsync())
        {
            await gone.SendAsync("GET /gone HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await Eventually.UntilAsync(() => proxy.Destination("a").ConcurrentRequestCount == 2, "the second request to wait");
            gone.Reset();
        }

        await Eventually.UntilAsync(() => proxy.Destination("a").ConcurrentRequestCount == 1, "the second request to be given up");
        var third = proxy.Client.GetStringAsync("/third");
        release.SetResult();

        Assert.Equal("/first", await first);
        Assert.Equal("/third", await third);
        Assert.Equal(2, responder.Requests.Count);
    }
}
