using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>The client leaves before it has its whole response.</summary>
public class ClientGoneTests
{
    public static TheoryData<string, ForwardingPath> Ways()
    {
        var data = new TheoryData<string, ForwardingPath>();
        foreach (var path in new[] { ForwardingPath.Direct, ForwardingPath.Messages })
        {
            data.Add("resets its connection", path);
            data.Add("ends its side of the connection", path);
            data.Add("resets its HTTP/2 stream", path);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task WhileTheApplicationComputes_ItsConnectionIsClosedAndItsPlaceIsFree(string way, ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            if (request["QUERY_STRING"] == "next")
            {
                await connection.SendReplyAsync(Reply.Text("ok"));
            }

            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await StartAsync(responder, path, errors);

        await LeaveAsync(proxy, way, readHead: false, until: () => responder.WaitForRequestAsync());

        await responder.WaitForScriptAsync();
        Assert.Equal(ForwarderError.RequestCanceled, await errors.WaitForAsync());
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/?next"));
        AssertQuiet(proxy);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task InsideTheBody_TheConnectionIsClosedAndItsPlaceIsFree(string way, ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            if (request["QUERY_STRING"] == "next")
            {
                await connection.SendReplyAsync(Reply.Text("ok"));
            }
            else
            {
                await connection.SendStdoutAsync("X-A: 1\r\n\r\npart");
            }

            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await StartAsync(responder, path, errors);

        await LeaveAsync(proxy, way, readHead: true, until: () => Task.CompletedTask);

        await responder.WaitForScriptAsync();
        Assert.Equal(ForwarderError.ResponseBodyCanceled, await errors.WaitForAsync());
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/?next"));
        AssertQuiet(proxy);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task WhileOutputFlows_TheConnectionIsClosedAndItsPlaceIsFree(string way, ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("X-A: 1\r\n\r\n");
            var piece = new byte[30_000];
            while (request["QUERY_STRING"] != "next")
            {
                await connection.SendStdoutAsync(piece);
            }

            await connection.SendStdoutAsync("ok");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await StartAsync(responder, path, new ReportedErrors());

        await LeaveAsync(proxy, way, readHead: true, until: () => Task.CompletedTask);

        await responder.WaitForConnectionClosedAsync();
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/?next"));
        AssertQuiet(proxy);
    }

    private static async Task LeaveAsync(TestProxy proxy, string way, bool readHead, Func<Task> until)
    {
        if (way == "resets its HTTP/2 stream")
        {
            using var leave = new CancellationTokenSource();
            var sending = proxy.SendAsync(http2: true, HttpMethod.Get, cancellationToken: leave.Token);
            if (readHead)
            {
                // Disposed before its end: RST_STREAM, while the connection lives on.
                (await sending).Dispose();
                return;
            }

            await until();
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
            return;
        }

        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await until();
        if (readHead)
        {
            await client.ReadHeadAsync();
        }

        if (way == "resets its connection")
        {
            client.Reset();
        }
        else
        {
            client.ShutdownSend();
            await client.ReadToEndAsync();
        }
    }

    // A client that leaves is nobody's fault: nothing in the log at the levels that people watch.
    private static void AssertQuiet(TestProxy proxy)
        => Assert.DoesNotContain(proxy.Logs.Entries, entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, ForwardingPath path, ReportedErrors errors) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1 """ }.On(path).ToString(),
        Pipeline = errors.Listen,
    });
}
