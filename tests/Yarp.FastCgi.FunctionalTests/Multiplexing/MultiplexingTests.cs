using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.FunctionalTests.Php;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Multiplexing;

public class MultiplexingTests
{
    private const string On = """ "Multiplexing": true, "IdleTimeout": "00:01:00" """;

    [Fact]
    public async Task Requests_SideBySide_ShareAConnection()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.StartMultiplexing(async exchange =>
        {
            await release.Task.WithinAsync("every request to come");
            await exchange.SendReplyAsync(Reply.Text(exchange.Request["QUERY_STRING"]!));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        var requests = Enumerable.Range(0, 40).Select(i => proxy.Client.GetStringAsync($"/?{i}")).ToArray();
        await responder.WaitForRequestAsync(40);
        release.SetResult();

        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"{i}"), await Task.WhenAll(requests));

        // One for the question.
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Fact]
    public async Task Client_DoesNotRead_ItsRequestIsAbortedAloneWhenItsBufferIsFull()
    {
        await using var responder = ScriptedResponder.StartMultiplexing(exchange => exchange.Request["REQUEST_URI"] == "/large"
            ? SendUntilAbortedAsync(exchange)
            : exchange.SendReplyAsync(Reply.Text("small")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On + """, "MultiplexingBufferSize": 262144 """ });
        using var slow = await proxy.ConnectAsync();

        await slow.SendAsync("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await responder.WaitForRequestAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("small", await proxy.Client.GetStringAsync("/small"));
        }

        await proxy.Logs.WaitForAsync(entry => entry.ToString().Contains("ResponseBufferFull", StringComparison.Ordinal), "the log of the slow client");
        Assert.Contains(proxy.Logs.Entries, entry => entry.ToString().Contains("than MultiplexingBufferSize allows", StringComparison.Ordinal));
        var (_, close) = await slow.ReadToEndAsync();
        Assert.Equal(PeerClose.Reset, close);
        Assert.Equal("small", await proxy.Client.GetStringAsync("/small"));
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Fact]
    public async Task Client_Leaves_TheApplicationIsToldAndTheConnectionServesOn()
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.StartMultiplexing(async exchange =>
        {
            if (exchange.Request["REQUEST_URI"] == "/gone")
            {
                await exchange.Aborted.WithinAsync("ABORT_REQUEST");
                aborted.SetResult();
            }

            await exchange.SendReplyAsync(Reply.Text("ok"));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });
        using (var gone = await proxy.ConnectAsync())
        {
            await gone.SendAsync("GET /gone HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await responder.WaitForRequestAsync();
            gone.Reset();
        }

        await aborted.Task.WithinAsync("ABORT_REQUEST");
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Fact]
    public async Task Client_LeavesAndIsIgnored_TheApplicationFinishes()
    {
        var sent = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.StartMultiplexing(async exchange =>
        {
            if (exchange.Request["REQUEST_URI"] == "/gone")
            {
                await goOn.Task.WithinAsync("the client to go");
                await exchange.SendReplyAsync(Reply.Bytes(new byte[1_000_000]));
                sent.SetResult(exchange.Aborted.IsCompleted);
                return;
            }

            await exchange.SendReplyAsync(Reply.Text("ok"));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            ClusterFastCgi = On + """, "MultiplexingBufferSize": 1048576 """,
            FastCgi = """ "CheckFile": "Off", "IgnoreClientAbort": true """,
        });
        using (var gone = await proxy.ConnectAsync())
        {
            await gone.SendAsync("GET /gone HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await responder.WaitForRequestAsync();
            gone.Reset();
        }

        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        goOn.SetResult();
        Assert.False(await sent.Task.WithinAsync("the application to finish"));
        await Eventually.UntilAsync(() => proxy.Destination("a").ConcurrentRequestCount == 0, "the request to end");
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Fact]
    public async Task Upload_Streamed_StopsInTheMiddle_TheOthersGoOn()
    {
        await using var responder = ScriptedResponder.StartMultiplexing(async exchange =>
        {
            if (exchange.Request["REQUEST_METHOD"] == "POST")
            {
                await exchange.Aborted.WithinAsync("the client to go");
            }

            await exchange.SendReplyAsync(Reply.Text("ok"));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On, FastCgi = """ "CheckFile": "Off", "RequestBuffering": false """ });
        using var slow = await proxy.ConnectAsync();
        await slow.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 100_000));
        var upload = await responder.WaitForRequestAsync();

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        }

        Assert.False(upload.IsComplete);
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public async Task CannotMultiplex_Post_GoesAgainOverAConnectionOfItsOwn(int length)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            if (connection.Number <= 2)
            {
                await MultiplexingApplication.ServeAsync(connection, exchange => exchange.EndRequestAsync(protocolStatus: 1));
                return;
            }

            var request = await connection.ReadRequestAsync();
            Assert.False(request.KeepConnection);
            await connection.SendReplyAsync(Reply.Text($"{request.StdinLength}"));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On + """, "Retries": { "MaxAttempts": 1 } """ });

        for (var i = 0; i < 2; i++)
        {
            using var response = await proxy.Client.PostAsync("/", new ByteArrayContent(new byte[length]));
            Assert.Equal($"{length}", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(4, responder.AcceptedConnections);
        Assert.Single(proxy.Logs.Ours, entry => entry.ToString().Contains("NotMultiplexing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CannotMultiplex_StreamedBodyIsGone_Is502()
    {
        await using var responder = ScriptedResponder.StartMultiplexing(async exchange =>
        {
            await exchange.EndRequestAsync(protocolStatus: 1);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On, FastCgi = """ "CheckFile": "Off", "RequestBuffering": false """ });

        using var response = await proxy.Client.PostAsync("/", new ByteArrayContent(new byte[1000]));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task Overloaded_Is503AndTheOthersGoOn()
    {
        await using var responder = ScriptedResponder.StartMultiplexing(exchange => exchange.Request["REQUEST_URI"] == "/refused"
            ? exchange.EndRequestAsync(protocolStatus: 2)
            : exchange.SendReplyAsync(Reply.Text("ok")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        using var refused = await proxy.Client.GetAsync("/refused");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Fact]
    public async Task Connection_IsLost_SafeRequestsGoAgainAndOthersFail()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            if (connection.Number == 2)
            {
                // Two requests, and the end.
                var records = 0;
                while (records < 2)
                {
                    records += await connection.ReadRecordAsync() is { Type: WireRecordType.Stdin, Content.IsEmpty: true } ? 1 : 0;
                }

                return;
            }

            await MultiplexingApplication.ServeAsync(connection, exchange => exchange.SendReplyAsync(Reply.Text(exchange.Request["REQUEST_METHOD"]!)));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        var get = proxy.Client.GetAsync("/");
        var post = proxy.Client.PostAsync("/", new StringContent("a body"));

        using var answered = await get;
        using var failed = await post;
        Assert.Equal("GET", await answered.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        Assert.DoesNotContain(responder.Requests, request => request["REQUEST_METHOD"] == "POST");
    }

    [Fact]
    public async Task Reload_RequestsUnderWay_FinishOnTheirOldConnection()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.StartMultiplexing(async exchange =>
        {
            if (exchange.Request["REQUEST_URI"] == "/old")
            {
                await release.Task.WithinAsync("the configuration to change");
            }

            await exchange.SendReplyAsync(Reply.Text("ok"));
        });
        var json = new ProxyJson(responder.Address) { ClusterFastCgi = On };
        await using var proxy = await TestProxy.StartAsync(json);
        var old = proxy.Client.GetStringAsync("/old");
        await responder.WaitForRequestAsync();

        Assert.Null(await proxy.ReloadAsync(json with { ClusterFastCgi = On + """, "MaxMultiplexedRequests": 7 """ }));
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/new"));
        release.SetResult();

        Assert.Equal("ok", await old);
        await responder.WaitForConnectionClosedAsync(3);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpFpm_DoesNotMultiplex_IsServedOverConnectionsOfEachRequestAndLoggedOnce()
    {
        await using var site = await PhpSite.StartAsync(clusterFastCgi: """ "Multiplexing": true, "MaxConnections": 4 """);
        site.Fpm.Files.Write("index.php", "<?php echo 'php';");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => site.Client.GetStringAsync("/index.php")));

        Assert.All(answers, answer => Assert.Equal("php", answer));
        var entry = Assert.Single(site.Proxy.Logs.Ours, entry => entry.ToString().Contains("Multiplexing", StringComparison.Ordinal));
        Assert.Contains(site.Fpm.Address, entry.ToString(), StringComparison.Ordinal);
        Assert.Contains("FCGI_MPXS_CONNS is not 1", entry.ToString(), StringComparison.Ordinal);
    }

    private static async Task SendUntilAbortedAsync(MultiplexedExchange exchange)
    {
        await exchange.SendStdoutAsync("\r\n");
        while (!exchange.Aborted.IsCompleted)
        {
            await exchange.SendStdoutAsync(new byte[30_000]);
        }

        await exchange.EndRequestAsync();
    }
}
