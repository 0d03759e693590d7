using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.Gateway.CommandLine;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public class ListenAddressTests
{
    [Theory]
    [InlineData("http://localhost:8080", "http://localhost:8080", HttpProtocols.Http1)]
    [InlineData("http://*:80", "http://*:80", HttpProtocols.Http1)]
    [InlineData("http://[::1]:8080", "http://[::1]:8080", HttpProtocols.Http1)]
    [InlineData("HTTP://example.org", "HTTP://example.org", HttpProtocols.Http1)]
    [InlineData("http://unix:/run/gateway.sock", "http://unix:/run/gateway.sock", HttpProtocols.Http1)]
    [InlineData("h2c://localhost:8081", "http://localhost:8081", HttpProtocols.Http2)]
    [InlineData("https://localhost:8443", "https://localhost:8443", HttpProtocols.Http1AndHttp2AndHttp3)]
    [InlineData("unix:/run/gateway.sock", "http://unix:/run/gateway.sock", HttpProtocols.Http1)]
    public void TryParse_Address_KnowsItsProtocols(string text, string url, HttpProtocols protocols)
    {
        Assert.True(ListenAddress.TryParse(text, out var address, out _));
        Assert.Equal(url, address.Url);
        Assert.Equal(protocols, address.Protocols);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8080")]
    [InlineData("localhost:8080")]
    [InlineData("http://")]
    [InlineData("ftp://localhost:21")]
    [InlineData("h2c://")]
    [InlineData("http://localhost:8080/path")]
    [InlineData("http://localhost:65536")]
    [InlineData("http://localhost:-1")]
    public void TryParse_AnythingElse_SaysTheRightForms(string text)
    {
        Assert.False(ListenAddress.TryParse(text, out _, out var error));
        Assert.Contains($"'{text}'", error, StringComparison.Ordinal);
        Assert.Contains("h2c://HOST:PORT", error, StringComparison.Ordinal);
    }
}
