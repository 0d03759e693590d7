using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>Bytes behind an upgrade, in both directions, and every way in which that ends.</summary>
public class UpgradedConnectionTests
{
    public static TheoryData<bool, ForwardingPath> Ways() => new()
    {
        { false, ForwardingPath.Direct },
        { false, ForwardingPath.Messages },
        { true, ForwardingPath.Direct },
        { true, ForwardingPath.Messages },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Bytes_OfBothSides_ArriveAtOnceAndUnchanged(bool http2, ForwardingPath path)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync(first: "\u0000\u0001first");
            await connection.EchoAsync();
            await connection.SendStdoutAsync("last");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors, path));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        Assert.Equal("\0\u0001first", await client.ReadAsync(7));
        foreach (var text in new[] { "a", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n\0" })
        {
            await client.SendAsync(text);
            Assert.Equal(text, await client.ReadAsync(text.Length));
        }

        await client.EndAsync();
        await responder.WaitForScriptAsync();
        Assert.Null(await errors.WaitForAsync());
        Assert.Equal("aGET / HTTP/1.1\r\n\r\n\r\n\r\n\0", responder.Requests[0].StdinText);
        AssertReleased(proxy, responder);
        AssertQuiet(proxy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_EndsTheRequest_TheClientGetsEverythingAndTheEnd(bool http2)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            Assert.Equal("bye?", Encoding.ASCII.GetString((await connection.ReadStdinAsync()).Span));
            await connection.SendStdoutAsync("bye");
            await connection.EndRequestAsync(appStatus: 3);
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        await client.SendAsync("bye?");

        Assert.Equal(("bye", PeerClose.Graceful), await client.ReadToEndAsync());
        Assert.Null(await errors.WaitForAsync());
        await responder.WaitForConnectionClosedAsync();
        AssertReleased(proxy, responder);
        await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "AppStatus" && entry.Message.Contains('3', StringComparison.Ordinal), "the app status");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_EndsStdoutAndWorksOn_TheClientIsClosedAllTheSame(bool http2)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync(first: "all");
            await connection.EndStdoutAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        Assert.Equal(("all", PeerClose.Graceful), await client.ReadToEndAsync());
        Assert.Null(await errors.WaitForAsync());
        await responder.WaitForConnectionClosedAsync();
        AssertReleased(proxy, responder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_AgreesAndEndsInOneSegment_TheClientGetsItAll(bool http2)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            await connection.SendRawAsync(Wire.Join(Wire.Stdout(UpgradeScripts.Agreement(request) + "\r\nall"), Wire.Stdout(""), Wire.EndRequest()));
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        Assert.Equal(("all", PeerClose.Graceful), await client.ReadToEndAsync());
        Assert.Null(await errors.WaitForAsync());
        await responder.WaitForConnectionClosedAsync();
        AssertReleased(proxy, responder);
    }

    [Fact]
    public async Task Client_EndsItsStream_TheApplicationMayGoOnAsLongAsItLikes()
    {
        // END_STREAM is no leave-taking: the other direction of an HTTP/2 stream is still open.
        var time = new FakeTimeProvider();
        var errors = new ReportedErrors();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new SemaphoreSlim(0);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.ReadRemainingStdinAsync();
            ended.SetResult();
            for (var i = 0; i < 5; i++)
            {
                Assert.True(await goOn.WaitAsync(TestTimeout.Default), "The client did not read on.");
                await connection.SendStdoutAsync($"{i}");
            }

            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(At(time, UpgradeScripts.Options(responder, errors, cluster: ActivityTimeout("00:01:00"))));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2: true);

        await client.SendAsync("last words");
        await client.EndAsync();
        await ended.Task.WithinAsync("the application to see the end of STDIN");
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromSeconds(50));
            goOn.Release();
            Assert.Equal($"{i}", await client.ReadAsync(1));
        }

        Assert.Equal(("", PeerClose.Graceful), await client.ReadToEndAsync());
        Assert.Equal("last words", responder.Requests[0].StdinText);
        Assert.Null(await errors.WaitForAsync());
        await responder.WaitForScriptAsync();
        AssertReleased(proxy, responder);
    }

    [Fact]
    public async Task Client_Closes_TheApplicationGetsTheEndOfStdinAndSomeTime()
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.EchoAsync();

            // Nobody hears it any more, but it is no error either.
            await connection.SendStdoutAsync(new byte[300_000]);
            await connection.EndRequestAsync();
            Assert.Equal(PeerClose.Graceful, await connection.WaitForPeerCloseAsync());
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using (var client = await UpgradedClient.ConnectAsync(proxy, http2: false))
        {
            await client.SendAsync("last words");
            Assert.Equal("last words", await client.ReadAsync(10));
        }

        await responder.WaitForScriptAsync();
        Assert.Null(await errors.WaitForAsync());
        Assert.True(responder.Requests[0].IsComplete);
        AssertReleased(proxy, responder);
        AssertQuiet(proxy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ClosesAndTheApplicationDoesNotCare_ItIsClosedFiveSecondsLater(bool talks)
    {
        var time = new FakeTimeProvider();
        var errors = new ReportedErrors();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.ReadRemainingStdinAsync();
            ended.SetResult();
            while (talks)
            {
                await connection.SendStdoutAsync("still here");
            }

            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(At(time, UpgradeScripts.Options(responder, errors)));
        var client = await UpgradedClient.ConnectAsync(proxy, http2: false);

        client.Dispose();
        await ended.Task.WithinAsync("the application to see the end of STDIN");
        Assert.Equal(1, proxy.Pool(responder.Address).OpenCount);

        // The server tells of the end of the connection when it has told of the end of the bytes: not before, but maybe a little later.
        var start = time.GetUtcNow();
        await Eventually.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return responder.ClosedConnections == 1;
            },
            "the application's connection to be closed");

        Assert.InRange(time.GetUtcNow() - start, TimeSpan.FromSeconds(5), TimeSpan.MaxValue);
        Assert.Equal(ForwarderError.UpgradeRequestCanceled, await errors.WaitForAsync());
        AssertReleased(proxy, responder);
        AssertQuiet(proxy);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Client_Resets_TheApplicationGetsNoEndOfStdin(bool http2, bool outputFlows)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync(first: "hello");
            var piece = new byte[30_000];
            while (outputFlows)
            {
                await connection.SendStdoutAsync(piece);
            }

            await connection.ReadRemainingStdinAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);
        await client.ReadAsync(5);

        await client.ResetAsync();

        await responder.WaitForConnectionClosedAsync();
        Assert.False(responder.Requests[0].IsComplete);
        Assert.Equal(ForwarderError.UpgradeRequestCanceled, await errors.WaitForAsync());
        AssertReleased(proxy, responder);
        AssertQuiet(proxy);
    }

    [Theory]
    [InlineData(false, "closes", "ConnectionLost")]
    [InlineData(true, "closes", "ConnectionLost")]
    [InlineData(false, "resets", "ConnectionLost")]
    [InlineData(true, "resets", "ConnectionLost")]
    [InlineData(false, "breaks the protocol", "ProtocolViolation")]
    [InlineData(true, "refuses", "ProtocolViolation")]
    public async Task Application_BreaksOff_TheClientIsReset(bool http2, string way, string expected)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(
            async connection =>
            {
                await connection.AcceptUpgradeAsync(first: "part");
                await connection.ReadStdinAsync();
                switch (way)
                {
                    case "resets":
                        connection.Reset();
                        break;

                    case "breaks the protocol":
                        await connection.SendRecordAsync(WireRecordType.Stdout, "x"u8.ToArray(), requestId: 2);
                        await connection.ReadUntilClosedAsync();
                        break;

                    case "refuses":
                        await connection.EndRequestAsync(protocolStatus: 2);
                        await connection.ReadUntilClosedAsync();
                        break;
                }
            },
            ResponderSocket.Tcp);
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);
        Assert.Equal("part", await client.ReadAsync(4));

        await client.SendAsync("go");
        var (text, close) = await client.ReadToEndAsync();

        Assert.Equal(("", PeerClose.Reset), (text, close));
        Assert.Equal(ForwarderError.UpgradeResponseDestination, await errors.WaitForAsync());
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.Level >= LogLevel.Warning);
        Assert.StartsWith($"{expected} on route 'site', cluster 'app', destination 'a' ({responder.Address})", entry.Message, StringComparison.Ordinal);
        await responder.WaitForConnectionClosedAsync();
        AssertReleased(proxy, responder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ActivityTimeout_AnyBytes_KeepTheConnectionAndSilenceEndsIt(bool http2)
    {
        var time = new FakeTimeProvider();
        var errors = new ReportedErrors();
        var speak = new SemaphoreSlim(0);
        var heard = new SemaphoreSlim(0);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            for (var i = 0; i < 3; i++)
            {
                Assert.True(await speak.WaitAsync(TestTimeout.Default), "The client did not get this far.");
                await connection.SendStdoutAsync("a");
            }

            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(1, (await connection.ReadStdinAsync()).Length);
                heard.Release();
            }

            await connection.ReadRemainingStdinAsync();
        });
        await using var proxy = await TestProxy.StartAsync(At(time, UpgradeScripts.Options(responder, errors, cluster: ActivityTimeout("00:01:00"))));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(50));
            speak.Release();
            await client.ReadAsync(1);
        }

        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(50));
            await client.SendAsync("c");
            Assert.True(await heard.WaitAsync(TestTimeout.Default), "The application did not hear the client.");
        }

        time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(("", PeerClose.Reset), await client.ReadToEndAsync());
        Assert.Equal(ForwarderError.UpgradeActivityTimeout, await errors.WaitForAsync());
        Assert.Contains(proxy.Logs.Ours, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("for ActivityTimeout", StringComparison.Ordinal));
        await responder.WaitForConnectionClosedAsync();
        Assert.False(responder.Requests[0].IsComplete);
        AssertReleased(proxy, responder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_40MegabytesBothWaysAtOnce_ArriveUnchanged(bool http2)
    {
        const int Length = 40_000_000;
        var errors = new ReportedErrors();
        var toApplication = TestBody.Create(Length, seed: 2);
        var toClient = TestBody.Create(Length, seed: 3);
        var received = "";
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            connection.RetainStdin = false;
            await connection.AcceptUpgradeAsync();
            var sending = SendInRecordsOfAnySizeAsync(connection, toClient);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            while (await connection.ReadStdinAsync() is { IsEmpty: false } piece)
            {
                hash.AppendData(piece.Span);
            }

            received = Convert.ToHexString(hash.GetHashAndReset());
            await sending;
            await connection.EndRequestAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        var sending = client.SendAsync(toApplication);
        var output = await client.ReadExactlyAsync(Length);
        await sending;
        await client.EndAsync();

        Assert.Equal(TestBody.Hash(toClient), TestBody.Hash(output));
        Assert.Equal(("", PeerClose.Graceful), await client.ReadToEndAsync());
        await responder.WaitForScriptAsync();
        Assert.Equal(TestBody.Hash(toApplication), received);
        Assert.Null(await errors.WaitForAsync());
        AssertReleased(proxy, responder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ReadsNothing_TheApplicationIsHeldBackUntilActivityTimeout(bool http2)
    {
        const int Much = 200_000_000;
        var errors = new ReportedErrors();
        var sent = 0;
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            var piece = new byte[50_000];
            while (sent < Much)
            {
                await connection.SendStdoutAsync(piece);
                sent += piece.Length;
            }
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors, cluster: ActivityTimeout("00:00:01")) with
        {
            Kestrel = kestrel => kestrel.Limits.MinResponseDataRate = null,
        });
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        await responder.WaitForConnectionClosedAsync();

        // What the sockets of this machine hold, and no more.
        Assert.InRange(sent, 1, 20_000_000);
        Assert.Equal(ForwarderError.UpgradeActivityTimeout, await errors.WaitForAsync());
        AssertReleased(proxy, responder);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_ReadsNothing_TheClientIsHeldBackUntilActivityTimeout(bool http2)
    {
        const int Much = 200_000_000;
        var errors = new ReportedErrors();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await ended.Task.WithinAsync("the client to be stopped");
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors, cluster: ActivityTimeout("00:00:01")));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        var sent = 0;
        var piece = new byte[50_000];
        var stopped = await Record.ExceptionAsync(async () =>
        {
            while (sent < Much)
            {
                await client.SendAsync(piece);
                sent += piece.Length;
            }
        });

        Assert.NotNull(stopped);
        Assert.InRange(sent, 1, 20_000_000);
        Assert.Equal(ForwarderError.UpgradeActivityTimeout, await errors.WaitForAsync());
        AssertReleased(proxy, responder);
        ended.SetResult();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Application_DoesNotReadWhatTheClientSends_ItsOwnWordsArrive(bool http2)
    {
        // Each direction for itself: one that is held up does not hold up the other.
        var errors = new ReportedErrors();
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            connection.RetainStdin = false;
            await connection.AcceptUpgradeAsync();
            await connection.ReadStdinAsync();
            await connection.SendStdoutAsync(new byte[1_000_000]);
            await goOn.Task.WithinAsync("the client to have read");
            await connection.ReadRemainingStdinAsync();
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, errors));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        var sending = client.SendAsync(new byte[20_000_000]);
        await client.ReadExactlyAsync(1_000_000);
        Assert.False(sending.IsCompleted);
        goOn.SetResult();
        await sending;
        await client.EndAsync();

        Assert.Equal(("", PeerClose.Graceful), await client.ReadToEndAsync());
        await responder.WaitForScriptAsync();
        Assert.Equal(20_000_000, responder.Requests[0].StdinLength);
        Assert.Null(await errors.WaitForAsync());
    }

    [Fact]
    public async Task Client_SendsBytesWithItsHandshake_TheyBelongToTheConversation()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.EchoAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors()));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly");

        await client.ReadUntilAsync("\r\n\r\nearly");
    }

    [Fact]
    public async Task Client_Silent_HoldsNoBuffer()
    {
        var upgrade = new ObservedUpgrade();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.EchoAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors()) with
        {
            App = app => app.Use((context, next) =>
            {
                upgrade.Observe(context);
                return next(context);
            }),
        });
        using var client = await UpgradedClient.ConnectAsync(proxy, http2: false);

        await client.SendAsync("a");
        await client.ReadAsync(1);

        await Eventually.UntilAsync(() => upgrade.LastRead == 0, "the proxy to wait for the client without a buffer");
        await client.SendAsync("b");
        Assert.Equal("b", await client.ReadAsync(1));
        Assert.InRange(upgrade.LongestRead, 32 * 1024, 64 * 1024);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MapFastCgi_Upgrade_IsCarried(bool http2)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.EchoAsync();
            await connection.EndRequestAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            App = app => app.MapFastCgi("/{**path}", responder.Address, new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off, Upgrade = true }),
        });
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        await client.SendAsync("a");
        Assert.Equal("a", await client.ReadAsync(1));
        await client.EndAsync();
        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task Connection_OfAnUpgrade_HoldsItsPlaceToTheEndAndServesNoOtherRequest()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            if (request["HTTP_UPGRADE"] is null)
            {
                await connection.ReadRemainingStdinAsync();
                await connection.SendReplyAsync(Reply.Text("ordinary"));
                await connection.ReadUntilClosedAsync();
                return;
            }

            Assert.False(request.KeepConnection);
            await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "\r\n");
            await connection.ReadRemainingStdinAsync();
            await connection.EndRequestAsync();
            Assert.Null(await connection.TryReadRequestAsync());
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(
            responder, new ReportedErrors(), connections: """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00", "MaxConnections": 1, "QueueLimit": 0 """));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2: true);

        using (var refused = await proxy.Client.GetAsync("/"))
        {
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        await client.EndAsync();
        Assert.Equal(("", PeerClose.Graceful), await client.ReadToEndAsync());
        await responder.WaitForScriptAsync();

        Assert.Equal("ordinary", await proxy.Client.GetStringAsync("/"));
        Assert.Equal(2, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stderr_OfAnUpgradedRequest_IsLogged(bool http2)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.SendStderrAsync("note\n");
            await connection.SendStdoutAsync("said");
            await connection.EndRequestAsync();
            await connection.ReadUntilClosedAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors()));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        Assert.Equal(("said", PeerClose.Graceful), await client.ReadToEndAsync());
        await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "Stderr" && entry.Message.EndsWith("note", StringComparison.Ordinal), "the note");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RouteTimeout_BehindTheUpgrade_CountsNoLonger(bool http2)
    {
        var timeout = new ObservedTimeout();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadHeadAsync();
            Assert.False(timeout.IsDisabled);
            await connection.SendStdoutAsync(UpgradeScripts.Agreement(request) + "\r\n");
            await connection.EchoAsync();
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors()) with
        {
            Pipeline = pipeline => pipeline.Use((context, next) =>
            {
                context.Features.Set<IHttpRequestTimeoutFeature>(timeout);
                return next(context);
            }),
        });
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        await client.SendAsync("a");
        await client.ReadAsync(1);

        Assert.True(timeout.IsDisabled);
        await client.EndAsync();
        await responder.WaitForScriptAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Proxy_Stops_TheApplicationsConnectionIsClosed(bool http2)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.AcceptUpgradeAsync();
            await connection.ReadUntilClosedAsync();
        });
        var proxy = await TestProxy.StartAsync(UpgradeScripts.Options(responder, new ReportedErrors()));
        using var client = await UpgradedClient.ConnectAsync(proxy, http2);

        await proxy.DisposeAsync();

        await responder.WaitForScriptAsync();
        await client.ReadToEndAsync();
    }

    private sealed class ObservedTimeout : IHttpRequestTimeoutFeature
    {
        public bool IsDisabled { get; private set; }

        public CancellationToken RequestTimeoutToken => CancellationToken.None;

        public void DisableTimeout() => IsDisabled = true;
    }

    private static string ActivityTimeout(string time) => $$""" "HttpRequest": { "ActivityTimeout": "{{time}}" } """;

    private static TestProxyOptions At(FakeTimeProvider time, TestProxyOptions options) => options with
    {
        Services = services => services.AddSingleton<TimeProvider>(time),
    };

    private static async Task SendInRecordsOfAnySizeAsync(ScriptedConnection connection, ReadOnlyMemory<byte> content)
    {
        var sizes = new Random(7);
        while (!content.IsEmpty)
        {
            var size = Math.Min(content.Length, sizes.Next(3) == 0 ? sizes.Next(1, 300) : sizes.Next(1, 65_536));
            await connection.SendStdoutAsync(content[..size], padding: (byte)sizes.Next(256));
            content = content[size..];
        }
    }

    private static void AssertReleased(TestProxy proxy, ScriptedResponder responder) => Assert.Equal(0, proxy.Pool(responder.Address).OpenCount);

    // A client that leaves is nobody's fault: nothing in the log at the levels that people watch.
    private static void AssertQuiet(TestProxy proxy)
        => Assert.DoesNotContain(proxy.Logs.Entries, entry => entry.Level >= LogLevel.Warning);
}
