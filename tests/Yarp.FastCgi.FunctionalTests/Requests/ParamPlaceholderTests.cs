using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

public class ParamPlaceholderTests
{
    [Fact]
    public async Task Params_WithPlaceholders_AreFilledInForEachRequest()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(Json(responder, """
            "SHOP": "shop-{route:shop}", "REST": "{route:rest}", "NONE": "{route:missing}", "TOKEN": "<{header:X_Token}|{header:Cookie}>",
            "PEER": "{connection:remote-addr}:{connection:remote-port} > {connection:local-addr}:{connection:local-port}", "CONNECTION": "{connection:id}",
            "HOME_OF_GATEWAY": "{env:PATH}", "BRACES": "{{x}}", "HTTP_ACCEPT": "{header:Accept-Missing}"
            """));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET /a/x/y%20z HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nX_Token: t\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n");
        await client.ReadUntilAsync("\r\nok");
        await client.SendAsync("GET /b/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await client.ReadToEndAsync();

        var (first, second) = (responder.Requests[0], responder.Requests[1]);
        Assert.Equal("shop-a", first["SHOP"]);
        Assert.Equal("x/y z", first["REST"]);
        Assert.Null(first["NONE"]);
        Assert.Equal("<t|a=1; b=2>", first["TOKEN"]);
        Assert.Equal($"127.0.0.1:{client.LocalPort} > 127.0.0.1:{proxy.EndPoint.Port}", first["PEER"]);
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), first["HOME_OF_GATEWAY"]);
        Assert.Equal("{x}", first["BRACES"]);
        Assert.Null(first["HTTP_ACCEPT"]);
        Assert.Equal("shop-b", second["SHOP"]);
        Assert.Null(second["REST"]);
        Assert.Equal("<|>", second["TOKEN"]);
        Assert.Equal(first["CONNECTION"], second["CONNECTION"]);
    }

    [Fact]
    public async Task HeaderPlaceholder_Latin1_KeepsTheClientsBytes()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = Json(responder, """ "NAME": "ü{header:X-Name}" """),
            Kestrel = kestrel => kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1,
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Encoding.Latin1.GetBytes("GET /a/ HTTP/1.1\r\nHost: localhost\r\nX-Name: \u00e9\r\nConnection: close\r\n\r\n"));
        await client.ReadToEndAsync();

        Assert.Equal([0xC3, 0xBC, 0xE9], Assert.Single(responder.Requests).Param("NAME")!.Bytes.ToArray());
    }

    [Fact]
    public async Task Placeholder_ResultThatFitsNoRecord_Is431()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = Json(responder, """ "TWICE": "{header:X-Long}{header:X-Long}" """),
            Kestrel = kestrel => kestrel.Limits.MaxRequestHeadersTotalSize = 100_000,
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, "/a/") { Headers = { { "X-Long", new string('v', 40_000) } } };

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(431, (int)response.StatusCode);
        Assert.Empty(responder.Requests);
        Assert.Contains(proxy.Logs.Ours, entry => entry.Message.Contains("TWICE", StringComparison.Ordinal));
    }

    private static string Json(ScriptedResponder responder, string parameters) => new ProxyJson(responder.Address)
    {
        FastCgi = $$""" "CheckFile": "Off", "Params": { {{parameters}} } """,
    }.ToString().Replace("/{**path}", "/{shop}/{**rest}", StringComparison.Ordinal);
}
