using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

/// <summary>ASP.NET Core's ForwardedHeaders in front: Cherokee's x_real_ip.</summary>
public class ForwardedHeadersTests
{
    private const string All = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n";

    [Fact]
    public async Task TrustedProxy_WhatItReports_IsWhatTheApplicationSees()
    {
        var (request, _) = await AskAsync(All);

        Assert.Equal("192.0.2.7", request["REMOTE_ADDR"]);
        Assert.Null(request["REMOTE_PORT"]);
        Assert.Equal("on", request["HTTPS"]);
        Assert.Equal("https", request["REQUEST_SCHEME"]);
        Assert.Equal("443", request["SERVER_PORT"]);
        Assert.Equal("shop.example", request["HTTP_HOST"]);
        Assert.Equal("shop.example", request["SERVER_NAME"]);
    }

    [Fact]
    public async Task TrustedProxy_PortInHost_IsServerPort()
    {
        var (request, _) = await AskAsync("X-Forwarded-For: [2001:db8::7]:4711\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example:8443\r\n");

        Assert.Equal("2001:db8::7", request["REMOTE_ADDR"]);
        Assert.Equal("4711", request["REMOTE_PORT"]);
        Assert.Equal("8443", request["SERVER_PORT"]);
        Assert.Equal("shop.example:8443", request["HTTP_HOST"]);
    }

    [Fact]
    public async Task TrustedProxy_XRealIp_IsRemoteAddr()
    {
        var (request, _) = await AskAsync("X-Real-IP: 192.0.2.9\r\nX-Forwarded-For: 192.0.2.7\r\n", options => options.ForwardedForHeaderName = "X-Real-IP");

        Assert.Equal("192.0.2.9", request["REMOTE_ADDR"]);
    }

    [Fact]
    public async Task UntrustedPeer_WhatItClaims_ChangesNothing()
    {
        var (request, port) = await AskAsync(All, options =>
        {
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            options.KnownProxies.Add(IPAddress.Parse("192.0.2.1"));
        });

        Assert.Equal("127.0.0.1", request["REMOTE_ADDR"]);
        Assert.Null(request["HTTPS"]);
        Assert.Equal("http", request["REQUEST_SCHEME"]);
        Assert.Equal(port.ToString(CultureInfo.InvariantCulture), request["SERVER_PORT"]);
        Assert.Equal("gateway.example", request["HTTP_HOST"]);
    }

    private static async Task<(ReceivedRequest Request, int Port)> AskAsync(string headers, Action<ForwardedHeadersOptions>? configure = null)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All };
        configure?.Invoke(options);
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).ToString(),
            App = app => app.UseForwardedHeaders(options),
        });
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: gateway.example\r\n{headers}Connection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", (await client.ReadToEndAsync()).Text, StringComparison.Ordinal);
        return (Assert.Single(responder.Requests), proxy.EndPoint.Port);
    }
}
