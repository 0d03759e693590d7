using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>The records of a request, one by one.</summary>
public class RequestLayoutTests
{
    private const int MaxPaddedContent = 65_528;

    [Theory]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Messages, false)]
    public async Task Get_WithoutBody_IsBeginParamsAndTheTwoEmptyRecords(ForwardingPath path, bool keepAlive)
    {
        var request = await SendAsync(new ProxyJson() { ClusterFastCgi = $""" "KeepAlive": "{keepAlive}" """ }.On(path), HttpMethod.Get, content: null);

        Assert.Equal(
            [WireRecordType.BeginRequest, WireRecordType.Params, WireRecordType.Params, WireRecordType.Stdin],
            request.Records.Select(record => record.Type));
        Assert.Equal([false, true, true], request.Records.Skip(1).Select(record => record.Content.IsEmpty).Order());
        Assert.False(request.Records[1].Content.IsEmpty);
        Assert.All(request.Records, record => Assert.Equal(0, (record.Content.Length + record.PaddingLength) % 8));
        Assert.Equal(1, request.Role);
        Assert.Equal(1, request.Id);
        Assert.Equal(keepAlive ? 1 : 0, request.Flags);
        Assert.Null(request["CONTENT_LENGTH"]);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Post_ContentLengthZero_HasLengthZeroAndNoContent(ForwardingPath path)
    {
        var request = await SendAsync(new ProxyJson().On(path), HttpMethod.Post, new ByteArrayContent([]));

        Assert.Equal("0", request["CONTENT_LENGTH"]);
        Assert.Single(request.Records, record => record.Type == WireRecordType.Stdin);
        Assert.Null(request["HTTP_CONTENT_LENGTH"]);
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_OfAnyKeeping_IsCutIntoPaddedRecordsAndEnded(string keeping, int length, ForwardingPath path)
    {
        var body = TestBody.Create(length);
        var json = new ProxyJson { FastCgi = """ "CheckFile": "Off", """ + keeping };

        var request = await SendAsync(json.On(path), HttpMethod.Put, new ByteArrayContent(body));

        Assert.Equal($"{length}", request["CONTENT_LENGTH"]);
        Assert.Equal(body, request.Stdin);
        var stdin = request.Records.Where(record => record.Type == WireRecordType.Stdin).ToArray();
        Assert.All(stdin, record => Assert.InRange(record.Content.Length, 0, MaxPaddedContent));
        Assert.All(stdin, record => Assert.Equal(0, (record.Content.Length + record.PaddingLength) % 8));
        Assert.True(stdin[^1].Content.IsEmpty);
        Assert.All(stdin[..^1], record => Assert.False(record.Content.IsEmpty));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Messages, true)]
    [InlineData(ForwardingPath.Messages, false)]
    public async Task Http2Body_OfUnknownLength_HasItsLengthOnlyWhenBuffered(ForwardingPath path, bool buffering)
    {
        var body = TestBody.Create(100_001);
        var json = new ProxyJson { FastCgi = $""" "CheckFile": "Off", "RequestBuffering": "{buffering}" """ };

        var request = await SendAsync(json.On(path), HttpMethod.Post, new GatedContent(stream => stream.WriteAsync(body).AsTask()), http2: true);

        Assert.Equal("HTTP/2", request["SERVER_PROTOCOL"]?[..6]);
        Assert.Equal(buffering ? "100001" : null, request["CONTENT_LENGTH"]);
        Assert.Equal(body, request.Stdin);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Http2Body_EmptyOfUnknownLength_HasLengthZero(ForwardingPath path)
    {
        var request = await SendAsync(new ProxyJson().On(path), HttpMethod.Post, new GatedContent(_ => Task.CompletedTask), http2: true);

        Assert.Equal("0", request["CONTENT_LENGTH"]);
        Assert.Empty(request.Stdin);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Upgrade_AskedFor_IsAnOrdinaryRequest(ForwardingPath path)
    {
        // As curl --http2 does on an address without TLS.
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok").WithHeader("Content-Length", "2"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
        var response = await client.ReadUntilAsync("\r\n\r\nok");

        Assert.StartsWith("HTTP/1.1 200 ", response, StringComparison.Ordinal);
        var request = Assert.Single(responder.Requests);
        Assert.Equal(0, request.StdinLength);
        Assert.Null(request["HTTP_UPGRADE"]);
        Assert.Null(request["HTTP_HTTP2_SETTINGS"]);
    }

    public static TheoryData<string, int, ForwardingPath> Bodies()
    {
        string[] keepings =
        [
            """ "RequestBufferSize": 16777216 """,
            """ "RequestBufferSize": 0 """,
            """ "RequestBufferSize": 1000 """,
            """ "RequestBuffering": false """,
        ];
        var data = new TheoryData<string, int, ForwardingPath>();
        foreach (var keeping in keepings)
        {
            foreach (var length in new[] { 1, MaxPaddedContent, MaxPaddedContent + 1, 200_003 })
            {
                data.Add(keeping, length, length == 1 ? ForwardingPath.Messages : ForwardingPath.Direct);
            }
        }

        return data;
    }

    private static async Task<ReceivedRequest> SendAsync(ProxyJson json, HttpMethod method, HttpContent? content, bool http2 = false)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(json.At(responder.Address));

        using var response = await proxy.SendAsync(http2, method, content: content);

        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode}\n{proxy.Logs}");
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        return Assert.Single(responder.Requests);
    }
}
