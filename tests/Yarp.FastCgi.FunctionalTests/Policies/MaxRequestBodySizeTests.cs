using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Policies;

public class MaxRequestBodySizeTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task MaxRequestBodySize_LongerBody_Is413AndNoWholeRequestReachesTheApplication(bool buffering, bool chunked)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder, buffering);

        using var response = await SendAsync(proxy, 1001, chunked);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.DoesNotContain(responder.Requests, request => request.IsComplete);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task MaxRequestBodySize_BodyWithinTheLimit_Passes(bool buffering, bool chunked)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await StartAsync(responder, buffering);

        // Kestrel counts the framing of chunks as well.
        using var response = await SendAsync(proxy, 900, chunked);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(900, Assert.Single(responder.Requests).StdinLength);
    }

    private static Task<TestProxy> StartAsync(ScriptedResponder responder, bool buffering) => TestProxy.StartAsync(new ProxyJson(responder.Address)
    {
        FastCgi = $""" "CheckFile": "Off", "RequestBuffering": "{buffering}" """,
        Route = """ "MaxRequestBodySize": 1000 """,
    });

    private static async Task<HttpResponseMessage> SendAsync(TestProxy proxy, int length, bool chunked)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(new byte[length]) };
        message.Headers.TransferEncodingChunked = chunked;
        return await proxy.Client.SendAsync(message);
    }
}
