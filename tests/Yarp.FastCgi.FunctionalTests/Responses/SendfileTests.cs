using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public sealed class SendfileTests : IDisposable
{
    private readonly TempDirectory _root = new();
    private readonly TempDirectory _outside = new();

    public SendfileTests()
    {
        File.WriteAllText(_root.Combine("file.txt"), "0123456789");
        File.WriteAllText(_root.Combine("é %41.pdf"), "pdf");
        File.WriteAllText(_outside.Combine("secret.txt"), "secret");
        Directory.CreateDirectory(_root.Combine("sub"));
    }

    public static TheoryData<ForwardingPath, string> Fields => new()
    {
        { ForwardingPath.Direct, "X-Sendfile" },
        { ForwardingPath.Direct, "x-lighttpd-send-file" },
        { ForwardingPath.Direct, "X-Accel-Redirect" },
        { ForwardingPath.Messages, "X-Sendfile" },
        { ForwardingPath.Messages, "X-Accel-Redirect" },
    };

    private string Options => $""" "CheckFile": "off", "XSendfileRoots": "{_root.Path}", "XAccelRedirect": "/protected/={_root.Path}" """;

    public void Dispose()
    {
        _root.Dispose();
        _outside.Dispose();
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task On_FileInARoot_IsSentInPlaceOfTheResponse(ForwardingPath path, string field)
    {
        var value = field == "X-Accel-Redirect" ? "/protected/file.txt" : _root.Combine("file.txt");
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("dropped")
            .WithHeader(field, value)
            .WithHeader("Set-Cookie", "a=b")
            .WithHeader("Cache-Control", "private")
            .WithHeader("Content-Disposition", "attachment; filename=x.txt")
            .WithHeader("Content-Length", "7")
            .WithHeader("ETag", "\"application\"")
            .WithHeader("Content-Encoding", "gzip")
            .WithHeader("X-Accel-Buffering", "no")
            .WithHeader("X-Accel-Expires", "10"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Options, ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """ }.On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("0123456789", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("x.txt", response.Content.Headers.ContentDisposition?.FileName);
        Assert.Equal("a=b", Assert.Single(response.Headers.GetValues("Set-Cookie")));
        Assert.True(response.Headers.CacheControl?.Private);
        Assert.Equal(10, response.Content.Headers.ContentLength);
        Assert.NotNull(response.Content.Headers.LastModified);
        Assert.NotEqual("\"application\"", response.Headers.ETag?.Tag);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("X-Accel", StringComparison.OrdinalIgnoreCase) || header.Key.Contains("send", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(path == ForwardingPath.Messages, response.Headers.Contains(ForwardingPathExtensions.MarkerName));

        using var head = await proxy.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"));
        Assert.Equal(10, head.Content.Headers.ContentLength);

        using var conditional = new HttpRequestMessage(HttpMethod.Get, "/");
        conditional.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var notModified = await proxy.Client.SendAsync(conditional);
        Assert.Equal(HttpStatusCode.NotModified, notModified.StatusCode);
        Assert.Equal(1, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(2, 4, HttpStatusCode.PartialContent, "234")]
    [InlineData(100, 200, HttpStatusCode.RequestedRangeNotSatisfiable, "")]
    public async Task On_Range_IsServed(int from, int to, HttpStatusCode status, string body)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("X-Sendfile", _root.Combine("file.txt")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Options });
        using var message = new HttpRequestMessage(HttpMethod.Get, "/");
        message.Headers.Range = new RangeHeaderValue(from, to);

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal(10, response.Content.Headers.ContentRange?.Length);
    }

    [Theory]
    [InlineData("X-Sendfile", "{root}/é %41.pdf")]
    [InlineData("X-Accel-Redirect", "/protected/%C3%A9%20%2541.pdf?query")]
    public async Task On_UnusualName_IsFoundAndItsTypeTakenFromTheExtension(string field, string value)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync($"{field}: {value.Replace("{root}", _root.Path, StringComparison.Ordinal)}\r\n\r\n");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Options });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal("pdf", await response.Content.ReadAsStringAsync());
        Assert.Equal("application/pdf", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task On_StatusOfTheApplication_IsKeptAndTheWholeFileSent()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Status(410).WithHeader("X-Sendfile", _root.Combine("file.txt")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Options });
        using var message = new HttpRequestMessage(HttpMethod.Get, "/");
        message.Headers.Range = new RangeHeaderValue(0, 1);

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.Gone, response.StatusCode);
        Assert.Equal("0123456789", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{outside}/secret.txt", 403)]
    [InlineData(ForwardingPath.Messages, "X-Sendfile", "{outside}/secret.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}/../{outsideName}/secret.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}/link", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}/linked/secret.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}/loop", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "file.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}x/file.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "/protected/file.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}/missing.txt", 404)]
    [InlineData(ForwardingPath.Direct, "X-Sendfile", "{root}/sub", 404)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "{root}/file.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "/elsewhere/file.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "/protected/../file.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "/protected/%2e%2e/{outsideName}/secret.txt", 403)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "/protected/..%2f{outsideName}/secret.txt", 404)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "/protected/link", 403)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "/protected/file.txt%00", 403)]
    [InlineData(ForwardingPath.Direct, "X-Accel-Redirect", "/protected/missing.txt", 404)]
    public async Task On_NotAFileOfARoot_IsRefusedAndLogged(ForwardingPath path, string field, string value, int status)
    {
        File.CreateSymbolicLink(_root.Combine("link"), _outside.Combine("secret.txt"));
        Directory.CreateSymbolicLink(_root.Combine("linked"), _outside.Path);
        File.CreateSymbolicLink(_root.Combine("loop"), _root.Combine("loop"));
        value = value.Replace("{root}", _root.Path, StringComparison.Ordinal)
            .Replace("{outside}", _outside.Path, StringComparison.Ordinal)
            .Replace("{outsideName}", Path.GetFileName(_outside.Path), StringComparison.Ordinal);
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("dropped").WithHeader(field, value));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Options }.On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(status, (int)response.StatusCode);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Contains($"<h1>{status}", body, StringComparison.Ordinal);
        Assert.False(response.Headers.Contains(field));
        Assert.Contains(proxy.Logs.Ours, entry => entry.EventId.Name == "SendfileRefused" && entry.Level == LogLevel.Warning);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task On_LinkedRoot_IsFollowed(ForwardingPath path)
    {
        var current = _outside.Combine("current");
        Directory.CreateSymbolicLink(current, _root.Path);
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("X-Sendfile", current + "/file.txt"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $""" "CheckFile": "off", "XSendfileRoots": "{current}" """ }.On(path));

        Assert.Equal("0123456789", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task On_EndlessBodyOfTheApplication_IsDroppedWithinLimits()
    {
        var exchange = await Exchange.RunAsync(
            async connection =>
            {
                await connection.ReadRequestAsync();
                await connection.SendStdoutAsync($"X-Sendfile: {_root.Combine("file.txt")}\r\n\r\n");
                while (true)
                {
                    await connection.SendStdoutAsync(new byte[10_000]);
                }
            },
            json: new ProxyJson { FastCgi = Options });

        Assert.Equal(200, exchange.Status);
        Assert.Equal("0123456789", exchange.Body);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""", "ErrorPath": "/error" """)]
    public async Task On_StatusOfInterceptErrors_GoesBeforeTheFile(string errorPath)
    {
        await using var responder = ScriptedResponder.Start(request => request["REDIRECT_STATUS"] == "404"
            ? Reply.Text("explained")
            : Reply.Status(404).WithHeader("X-Sendfile", _root.Combine("file.txt")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = Options + """, "InterceptErrors": "404" """ + errorPath });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(errorPath.Length == 0 ? "</html>" : "explained", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Messages, true)]
    [InlineData(ForwardingPath.Messages, false)]
    public async Task NoFileNamed_TheOtherFields_AreHiddenOnlyWhenOn(ForwardingPath path, bool isOn)
    {
        string[] names = ["X-Accel-Buffering", "X-Accel-Expires", "X-Accel-Limit-Rate", "X-Accel-Charset"];
        await using var responder = ScriptedResponder.Start(_ => names.Aggregate(Reply.Text("passed on"), (reply, name) => reply.WithHeader(name, "no")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = isOn ? Options : """ "CheckFile": "off" """ }.On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal("passed on", await response.Content.ReadAsStringAsync());
        Assert.All(names, name => Assert.Equal(!isOn, response.Headers.Contains(name)));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Off_FileNamed_TheFieldPassesAndNothingIsSent(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("passed on").WithHeader("X-Sendfile", _root.Combine("file.txt")));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal("passed on", await response.Content.ReadAsStringAsync());
        Assert.True(response.Headers.Contains("X-Sendfile"));
    }
}
