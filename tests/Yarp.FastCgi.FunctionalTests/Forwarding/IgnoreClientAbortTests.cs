using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>The client leaves, and its request goes on without it (IgnoreClientAbort), within limits.</summary>
public class IgnoreClientAbortTests
{
    private const string Ignore = """ "CheckFile": "Off", "IgnoreClientAbort": true """;

    private readonly TaskCompletionSource _clientIsGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _hasCome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReportedErrors _errors = new();

    [Theory]
    [InlineData(false, ForwardingPath.Direct)]
    [InlineData(true, ForwardingPath.Direct)]
    [InlineData(false, ForwardingPath.Messages)]
    public async Task ClientGone_ApplicationHasTheRequest_ItFinishesAndItsConnectionIsUsedAgain(bool inTheBody, ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            while (await connection.TryReadRequestAsync() is { } request)
            {
                if (request["QUERY_STRING"] == "next")
                {
                    await connection.SendReplyAsync(Reply.Text("next"));
                    continue;
                }

                if (inTheBody)
                {
                    await connection.SendStdoutAsync("X-A: 1\r\n\r\npart");
                }

                await _clientIsGone.Task.WithinAsync("the client to leave");
                await connection.SendStdoutAsync(inTheBody ? "more" : "X-A: 1\r\n\r\n");
                await connection.SendStdoutAsync(new byte[3_000_000]);
                await connection.EndRequestAsync();
            }
        });
        await using var proxy = await StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = Ignore,
            ClusterFastCgi = """ "MaxConnections": 1, "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00" """,
        }.On(path));

        await LeaveAsync(proxy, inTheBody, responder);

        Assert.Equal(ForwarderError.ResponseBodyCanceled, await _errors.WaitForAsync());
        Assert.Equal("next", await proxy.Client.GetStringAsync("/?next"));
        Assert.Equal([1, 1], responder.Requests.Select(request => request.ConnectionNumber));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "")]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody", "body")]
    public async Task ClientGone_BeforeTheRequestIsSent_ItIsSentAllTheSame(string message, string body)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("done"));
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = Ignore }, onlyWithoutClient: true);

        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync(message);
            await _hasCome.Task.WithinAsync("the request to come");
        }

        var request = await responder.WaitForRequestAsync();
        Assert.Equal(body, request.StdinText);
    }

    [Fact]
    public async Task ClientGone_InTheQueue_IsGivenUp()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            while (await connection.TryReadRequestAsync() is not null)
            {
                await release.Task.WithinAsync("the first request to be answered");
                await connection.SendReplyAsync(Reply.Text("done"));
            }
        });
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = Ignore, ClusterFastCgi = """ "MaxConnections": 1 """ }, onlyWithoutClient: true);
        var first = proxy.Client.GetStringAsync("/?stays");
        await responder.WaitForRequestAsync();

        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await _hasCome.Task.WithinAsync("the request to come");
        }

        Assert.Equal(ForwarderError.RequestCanceled, await _errors.WaitForAsync());
        release.SetResult();
        Assert.Equal("done", await first);
        Assert.Single(responder.Requests);
    }

    [Fact]
    public async Task ClientGone_ApplicationDoesNotEnd_IsClosedAfterClientAbortTimeout()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await _clientIsGone.Task.WithinAsync("the client to leave");
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = Ignore + """, "ClientAbortTimeout": "00:00:00.2" """ });

        await LeaveAsync(proxy, readHead: false, responder);

        await responder.WaitForScriptAsync();
        Assert.Equal(ForwarderError.RequestCanceled, await _errors.WaitForAsync());
    }

    [Fact]
    public async Task ClientGone_StreamedBodyIsNotComplete_IsClosedAtOnce()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await Assert.ThrowsAsync<PeerClosedException>(connection.ReadRemainingStdinAsync);
        });
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = Ignore + """, "RequestBuffering": false, "ClientAbortTimeout": "01:00:00" """ });

        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\npart");
            await responder.WaitForRequestAsync();
            client.Reset();
        }

        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task RouteTimeout_IsNoClientThatGoesAway_TheRequestIsGivenUp()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = Ignore + """, "ClientAbortTimeout": "01:00:00" """, Route = """ "Timeout": "00:00:00.3" """ }.ToString(),
            Services = services => services.AddRequestTimeouts(),
            App = app => app.UseRequestTimeouts(),
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(System.Net.HttpStatusCode.GatewayTimeout, response.StatusCode);
        await responder.WaitForScriptAsync();
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PhpFpm_ScriptWithOutput_FinishesOnlyWhenTheClientIsIgnored(bool ignore)
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 1 });
        var finished = Path.Combine(fpm.Files.Scratch, "finished");
        fpm.Files.Write("next.php", "<?php echo 'next';");
        fpm.Files.Write("slow.php", $$"""
            <?php
            while (ob_get_level() > 0) { ob_end_flush(); }
            echo 'begun';
            flush();
            while (!file_exists(__DIR__ . '/gone')) { usleep(5000); clearstatcache(); }
            for ($i = 0; $i < 200; $i++) { echo str_repeat('x', 65536); flush(); }
            file_put_contents('{{finished}}', '1');
            """);
        await using var proxy = await StartAsync(new ProxyJson(fpm.Address)
        {
            FastCgi = $$""" "DocumentRoot": "{{fpm.Files.Root}}", "IgnoreClientAbort": {{(ignore ? "true" : "false")}} """,
        });

        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET /slow.php HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await client.ReadUntilAsync("begun");
            client.Reset();
        }

        await _clientIsGone.Task.WithinAsync("the proxy to see that the client left");
        if (!ignore)
        {
            await _errors.WaitForAsync();
        }

        fpm.Files.Write("gone", "");
        Assert.Equal(ForwarderError.ResponseBodyCanceled, await _errors.WaitForAsync());

        // There is one worker: this is served when the script has ended.
        Assert.Equal("next", await proxy.Client.GetStringAsync("/next.php"));
        Assert.Equal(ignore, File.Exists(finished));
    }

    private static async Task LeaveAsync(TestProxy proxy, bool readHead, ScriptedResponder responder)
    {
        using var client = await proxy.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await responder.WaitForRequestAsync();
        if (readHead)
        {
            await client.ReadHeadAsync();
        }

        client.Reset();
    }

    /// <param name="json">The configuration.</param>
    /// <param name="onlyWithoutClient">Whether each request without ?stays goes on only when its client has left.</param>
    private Task<TestProxy> StartAsync(ProxyJson json, bool onlyWithoutClient = false) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = json.ToString(),
        Pipeline = pipeline =>
        {
            _errors.Listen(pipeline);
            pipeline.Use(async (context, next) =>
            {
                using var registration = context.RequestAborted.Register(() => _clientIsGone.TrySetResult());
                if (onlyWithoutClient && context.Request.QueryString.Value != "?stays")
                {
                    // The server throws away what nobody has read when a client leaves.
                    var body = new MemoryStream();
                    await context.Request.Body.CopyToAsync(body);
                    body.Position = 0;
                    context.Request.Body = body;
                    _hasCome.TrySetResult();
                    await _clientIsGone.Task.WithinAsync("the client to leave");
                }

                await next(context);
            });
        },
    });
}
