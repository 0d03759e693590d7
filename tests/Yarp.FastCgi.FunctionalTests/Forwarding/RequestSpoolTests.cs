using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Bodies that are received whole before the application hears of the request.</summary>
public sealed class RequestSpoolTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task LongBody_WhileItComes_IsInAFileWithoutAName()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(TestBody.Hash(request.Stdin)));
        var errors = new ReportedErrors();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = Spooling(bufferSize: 1000) }.ToString(),
            Pipeline = errors.Listen,
        });
        var body = TestBody.Create(500_000);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head("POST", $"Content-Length: {body.Length}"));
        await client.SendAsync(body.AsMemory(0, 100_000));
        await Eventually.UntilAsync(() => OpenFiles() == 1 && Directory.GetFileSystemEntries(_directory.Path).Length == 0, "the temporary file without a name");
        await client.SendAsync(body.AsMemory(100_000));
        var (text, close) = await client.ReadToEndAsync();

        Assert.Contains(TestBody.Hash(body), text, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, close);
        Assert.Null(await errors.WaitForAsync());
        Assert.Equal(0, OpenFiles());
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 70_000)]
    [InlineData(70_000, 70_000)]
    [InlineData(70_000, 70_001)]
    public async Task BufferSize_ChunkedBody_ArrivesUnchanged(int bufferSize, int length)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Spooling(bufferSize) });
        var body = TestBody.Create(length);

        using var response = await proxy.SendAsync(http2: false, HttpMethod.Post, content: new GatedContent(stream => stream.WriteAsync(body).AsTask()));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = Assert.Single(responder.Requests);
        Assert.Equal($"{length}", request["CONTENT_LENGTH"]);
        Assert.Equal(body, request.Stdin);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Directory_GoneSinceTheStart_Is500NamingTheSettingAndTheClientStaysInStep(ForwardingPath path)
    {
        var errors = new ReportedErrors();
        var directory = _directory.CreateDirectory("gone");
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("answered"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = Spooling(bufferSize: 10, directory) }.On(path).ToString(),
            Pipeline = errors.Listen,
        });
        Directory.Delete(directory);
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\nhello world");
        var head = await client.ReadHeadAsync();
        await client.SendAsync(Head("GET"));
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 500 ", head, StringComparison.Ordinal);
        Assert.Contains("answered", text, StringComparison.Ordinal);
        Assert.Equal(ForwarderError.RequestCreation, await errors.WaitForAsync());
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed");
        Assert.Contains("RequestBufferDirectory", entry.Message, StringComparison.Ordinal);
        Assert.Contains(directory, entry.Message, StringComparison.Ordinal);
        Assert.Equal("GET", Assert.Single(responder.Requests)["REQUEST_METHOD"]);
    }

    [Theory]
    [InlineData("Content-Length: 200000", "a part of the body")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nhello\r\n")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nhe")]
    public async Task Client_EndsItsSideInsideTheBody_NothingReachesTheApplication(string framing, string part)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Spooling(bufferSize: 0) });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head("POST", framing) + part);
        await Eventually.UntilAsync(() => OpenFiles() == 1, "the temporary file");
        client.ShutdownSend();
        var (text, _) = await client.ReadToEndAsync();

        Assert.DoesNotContain("HTTP/1.1 200", text, StringComparison.Ordinal);
        await Eventually.UntilAsync(() => OpenFiles() == 0, "the temporary file to be closed");
        Assert.Empty(responder.Requests);
        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Http2Client_ResetsTheStreamInsideTheBody_NothingReachesTheApplication()
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = Spooling(bufferSize: 0) }.ToString(),
            Pipeline = errors.Listen,
        });
        using var reset = new CancellationTokenSource();

        var content = new GatedContent(async stream =>
        {
            await stream.WriteAsync("a part"u8.ToArray());
            await stream.FlushAsync();
            await Eventually.UntilAsync(() => OpenFiles() == 1, "the temporary file");
            await reset.CancelAsync();
            reset.Token.ThrowIfCancellationRequested();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => proxy.SendAsync(http2: true, HttpMethod.Post, content: content, cancellationToken: reset.Token));

        Assert.Equal(ForwarderError.RequestCanceled, await errors.WaitForAsync());
        Assert.Equal(0, OpenFiles());
        Assert.Empty(responder.Requests);
    }

    [Fact]
    public async Task Client_StopsSendingForActivityTimeout_Is408NamingTheSetting()
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address)
            {
                FastCgi = Spooling(bufferSize: 0),
                Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:00.3" } """,
            }.ToString(),
            Pipeline = errors.Listen,
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head("POST", "Content-Length: 10") + "half");
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 408 ", head, StringComparison.Ordinal);
        Assert.Equal(ForwarderError.RequestBodyClient, await errors.WaitForAsync());
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("ActivityTimeout", StringComparison.Ordinal));
        Assert.Equal(0, OpenFiles());
        Assert.Empty(responder.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Expect_FullQueue_Is503WithoutAskingForTheBody(bool buffering)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the first request go");
            return Reply.Text("ok");
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = $""" "CheckFile": "Off", "RequestBuffering": "{buffering}" """,
            ClusterFastCgi = """ "MaxConnections": 1, "QueueLimit": 0 """,
        });
        var first = proxy.Client.GetStringAsync("/");
        await responder.WaitForRequestAsync();
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head("POST", "Content-Length: 4", "Expect: 100-continue"));
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 503 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: ", head, StringComparison.Ordinal);
        release.SetResult();
        Assert.Equal("ok", await first);
    }

    [Fact]
    public async Task Expect_StreamedBodyAndNoConnectionInTime_Is503WithoutAskingForTheBody()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async _ =>
        {
            await release.Task.WithinAsync("the test to let the first request go");
            return Reply.Text("ok");
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = """ "CheckFile": "Off", "RequestBuffering": false """,
            ClusterFastCgi = """ "MaxConnections": 1, "QueueTimeout": "00:00:00.2" """,
        });
        var first = proxy.Client.GetStringAsync("/");
        await responder.WaitForRequestAsync();
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head("POST", "Content-Length: 4", "Expect: 100-continue"));
        var head = await client.ReadHeadAsync();

        Assert.StartsWith("HTTP/1.1 503 ", head, StringComparison.Ordinal);
        release.SetResult();
        Assert.Equal("ok", await first);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Expect_BodyLongerThanAllowed_Is413WithoutAskingForIt(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { Route = """ "MaxRequestBodySize": 1000 """ }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head("POST", "Content-Length: 1001", "Expect: 100-continue"));
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 413 ", text, StringComparison.Ordinal);
        Assert.Empty(responder.Requests);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Messages, true)]
    public async Task Expect_RoomForTheRequest_TheBodyIsAskedForOnce(ForwardingPath path, bool buffering)
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request.StdinText));
        await using var proxy = await TestProxy.StartAsync(
            new ProxyJson(responder.Address) { FastCgi = $""" "CheckFile": "Off", "RequestBuffering": "{buffering}" """ }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Head("POST", "Content-Length: 4", "Expect: 100-continue"));
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadHeadAsync());
        await client.SendAsync("body");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
        Assert.Contains("body", text, StringComparison.Ordinal);
        Assert.Null(Assert.Single(responder.Requests)["HTTP_EXPECT"]);
    }

    private static string Head(string method, params string[] fields)
        => new StringBuilder($"{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n").AppendJoin("", fields.Select(field => field + "\r\n")).Append("\r\n").ToString();

    private string Spooling(int bufferSize, string? directory = null)
        => $""" "CheckFile": "Off", "RequestBufferSize": {bufferSize}, "RequestBufferDirectory": "{directory ?? _directory.Path}" """;

    // Files of the directory that this process has open, by whatever name they had.
    private int OpenFiles() => Directory.GetFiles("/proc/self/fd").Count(descriptor => Target(descriptor)?.StartsWith(_directory.Path + "/", StringComparison.Ordinal) == true);

    private static string? Target(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return null;
        }
    }
}
