using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Bodies that the application reads from a file in a directory that it shares with the gateway.</summary>
public sealed class RequestBodyFileTests : IDisposable
{
    private const string ApplicationDirectory = "/as/the/application/sees/it";

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Messages, false)]
    [InlineData(ForwardingPath.Direct, true)]
    public async Task LongBody_AnyFraming_IsInAFileWhileTheRequestLastsAndGoneAfterwards(ForwardingPath path, bool http2)
    {
        UnixFileMode? mode = null;
        byte[]? seen = null;
        await using var responder = ScriptedResponder.Start(request =>
        {
            var file = LocalFile(request);
            seen = File.ReadAllBytes(file);
            mode = OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(file);
            return Reply.Text("ok");
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Sharing() }.On(path));
        var body = TestBody.Create(200_000);

        using var response = await proxy.SendAsync(http2, HttpMethod.Post, content: new GatedContent(stream => stream.WriteAsync(body).AsTask()));

        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        Assert.Equal(body, seen);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, mode);
        var request = Assert.Single(responder.Requests);
        Assert.Equal("200000", request["CONTENT_LENGTH"]);
        Assert.Equal(0, request.StdinLength);
        Assert.True(request.IsComplete);
        await NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true, 1000)]
    [InlineData(false, 200_000)]
    public async Task BodyThatGoesToNoFile_IsSentByItsBytes(bool buffering, int length)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Sharing($""" , "RequestBuffering": {(buffering ? "true" : "false")} """) });

        using var response = await proxy.SendAsync(http2: false, HttpMethod.Post, content: new ByteArrayContent(new byte[length]));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var request = Assert.Single(responder.Requests);
        Assert.Null(request["REQUEST_BODY_FILE"]);
        Assert.Equal(length, request.StdinLength);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task LocalDirectory_NotSet_IsTheSameDirectory()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(File.ReadAllText(request["REQUEST_BODY_FILE"]!)));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = $""" "CheckFile": "off", "RequestBufferSize": 0, "RequestBodyFileDirectory": "{_directory.Path}/" """,
        });

        using var response = await proxy.SendAsync(http2: false, HttpMethod.Post, content: new StringContent("the body"));

        Assert.Equal("the body", await response.Content.ReadAsStringAsync());
        Assert.StartsWith(_directory.Path + "/yarp-fastcgi-body-", Assert.Single(responder.Requests)["REQUEST_BODY_FILE"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REQUEST_BODY_FILE", "")]
    [InlineData("REQUEST-BODY-FILE", "")]
    [InlineData("Request.Body.File", "")]
    [InlineData("REQUEST_BODY_FILE", """ , "UnderscoreHeaders": "REQUEST_BODY_FILE" """)]
    public async Task Client_SendsTheNameOfAFile_ItIsAHeaderFieldAndNothingElse(string field, string options)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Sharing(options) });
        using var message = new HttpRequestMessage(HttpMethod.Post, "/?REQUEST_BODY_FILE=/etc/passwd") { Content = new StringContent("short") };
        message.Headers.TryAddWithoutValidation(field, "/etc/passwd");

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(Assert.Single(responder.Requests)["REQUEST_BODY_FILE"]);
    }

    [Theory]
    [InlineData("answers an error")]
    [InlineData("closes")]
    [InlineData("sends a head that is none")]
    [InlineData("breaks off")]
    [InlineData("redirects to itself")]
    public async Task Application_Does_TheFileIsDeleted(string what)
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            if (request["REDIRECT_URL"] is not null)
            {
                Assert.Null(request["REQUEST_BODY_FILE"]);
                await connection.SendReplyAsync(Reply.Text("redirected"));
                return;
            }

            Assert.True(File.Exists(LocalFile(request)));
            switch (what)
            {
                case "answers an error":
                    await connection.SendReplyAsync(Reply.Status(500));
                    return;

                case "sends a head that is none":
                    await connection.SendReplyAsync(Reply.Status(99));
                    return;

                case "breaks off":
                    await connection.SendStdoutAsync("Content-Length: 10\r\n\r\nhalf");
                    return;

                case "redirects to itself":
                    await connection.SendStdoutAsync("Location: /elsewhere\r\n\r\n");
                    await connection.EndRequestAsync();
                    return;
            }
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Json = new ProxyJson(responder.Address) { FastCgi = Sharing() }.ToString(), Pipeline = errors.Listen });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2000\r\n\r\n" + new string('x', 2000));
        await client.ReadToEndAsync();

        await errors.WaitForAsync();
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task ClientGone_WhileTheApplicationComputes_TheFileIsDeleted()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            Assert.True(File.Exists(LocalFile(await connection.ReadRequestAsync())));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Sharing() });
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n" + new string('x', 2000));
            await responder.WaitForRequestAsync();
        }

        await responder.WaitForScriptAsync();
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task ClientGone_InsideTheBody_TheFileIsDeleted()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Sharing() });
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n" + new string('x', 2000));
            await Eventually.UntilAsync(() => Directory.GetFiles(_directory.Path).Length == 1, "the file of the body");
        }

        await NothingIsLeftAsync();
        Assert.Empty(responder.Requests);
    }

    [Fact]
    public async Task NoConnection_TheFileIsDeleted()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync()) { FastCgi = Sharing() });

        using var response = await proxy.SendAsync(http2: false, HttpMethod.Post, content: new ByteArrayContent(new byte[2000]));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task KeptConnectionDies_TheRequestIsRepeatedWithTheSameFile()
    {
        var files = new List<string>();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var first = await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Text(first["REQUEST_BODY_FILE"] is null ? "without" : await File.ReadAllTextAsync(LocalFile(first))));
            if (connection.Number == 1)
            {
                files.Add(await File.ReadAllTextAsync(LocalFile(await connection.ReadRequestAsync())));
            }
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Sharing(), ClusterFastCgi = """ "KeepAlive": true """ });
        Assert.Equal("without", await proxy.Client.GetStringAsync("/"));
        var body = new string('x', 2000);

        using var response = await proxy.SendAsync(http2: false, HttpMethod.Get, content: new StringContent(body));

        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal([body], files);
        Assert.Equal(3, responder.Requests.Count);
        Assert.Equal(responder.Requests[1]["REQUEST_BODY_FILE"], responder.Requests[2]["REQUEST_BODY_FILE"]);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Directory_GoneSinceTheStart_Is500NamingTheSetting()
    {
        var errors = new ReportedErrors();
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        var local = _directory.CreateDirectory("gone");
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Json = new ProxyJson(responder.Address) { FastCgi = Sharing(local: local) }.ToString(), Pipeline = errors.Listen });
        Directory.Delete(local);

        using var response = await proxy.SendAsync(http2: false, HttpMethod.Post, content: new ByteArrayContent(new byte[2000]));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(ForwarderError.RequestCreation, await errors.WaitForAsync());
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed");
        Assert.Contains($"'{local}' (RequestBodyFileDirectory)", entry.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeftBehind_FilesOfADeadGateway_AreDeletedAtTheStartAndThenEveryHour()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var responder = ScriptedResponder.Start(async request =>
        {
            await release.Task.WithinAsync("the test to have swept");
            return Reply.Text(File.ReadAllText(LocalFile(request)));
        });
        var old = Write("yarp-fastcgi-body-" + new string('0', 32), age: TimeSpan.FromMinutes(61));
        var young = Write("yarp-fastcgi-body-" + new string('a', 32), age: TimeSpan.FromMinutes(30));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address)
            {
                FastCgi = Sharing(),
                ClusterFastCgi = """ "ResponseHeadTimeout": "1.00:00:00" """,
                Cluster = """ "HttpRequest": { "ActivityTimeout": "1.00:00:00" } """,
            }.ToString(),
            Services = services => services.AddSingleton<TimeProvider>(clock),
        });
        await Eventually.UntilAsync(() => !File.Exists(old), "the file of a dead gateway to be deleted");
        Assert.True(File.Exists(young));

        var answer = proxy.SendAsync(http2: false, HttpMethod.Post, content: new StringContent(new string('x', 2000)));
        var used = LocalFile(await responder.WaitForRequestAsync());
        File.SetLastWriteTimeUtc(used, clock.GetUtcNow().UtcDateTime.AddHours(-2));
        clock.Advance(TimeSpan.FromHours(1));

        Assert.False(File.Exists(young));
        Assert.True(File.Exists(used));
        release.SetResult();
        using var response = await answer;
        Assert.Equal(2000, (await response.Content.ReadAsStringAsync()).Length);
        await proxy.Logs.WaitForAsync(entry => entry is { EventId.Name: "BodyFilesSwept", Level: LogLevel.Information } && entry.Message.Contains(_directory.Path, StringComparison.Ordinal), "what was deleted");
    }

    private string Write(string name, TimeSpan age)
    {
        var path = _directory.Combine(name);
        File.WriteAllText(path, "left behind");
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow - age);
        return path;
    }

    private string LocalFile(ReceivedRequest request)
    {
        var path = request["REQUEST_BODY_FILE"]!;
        Assert.StartsWith(ApplicationDirectory + "/yarp-fastcgi-body-", path, StringComparison.Ordinal);
        return _directory.Combine(Path.GetFileName(path));
    }

    private string Sharing(string more = "", string? local = null) => $"""
        "CheckFile": "off", "RequestBufferSize": 1000,
        "RequestBodyFileDirectory": "{ApplicationDirectory}/", "LocalRequestBodyFileDirectory": "{local ?? _directory.Path}" {more}
        """;

    /// <summary>The request ends in the proxy a moment after the client has its response.</summary>
    private Task NothingIsLeftAsync() => Eventually.UntilAsync(() => Directory.GetFileSystemEntries(_directory.Path).Length == 0, "the file to be deleted");
}
