using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>The gateway as a newcomer starts it: without any option.</summary>
public sealed class DemoModeTests : IAsyncLifetime
{
    private RunningGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await RunningGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData(false, "HTTP/1.1")]
    [InlineData(true, "HTTP/2.0")]
    public async Task Get_AnyPath_ShowsTheRequestAsThePage(bool http2, string protocol)
    {
        using var response = await Client(http2).GetAsync("/shop/item%2042?color=red");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(http2 ? HttpVersion.Version20 : HttpVersion.Version11, response.Version);
        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.False(response.Headers.Contains("Server"));
        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains(Row("PATH_INFO", "/shop/item 42"), page, StringComparison.Ordinal);
        Assert.Contains(Row("QUERY_STRING", "color=red"), page, StringComparison.Ordinal);
        Assert.Contains(Row("REQUEST_URI", "/shop/item%2042?color=red"), page, StringComparison.Ordinal);
        Assert.Contains(Row("SERVER_PROTOCOL", protocol), page, StringComparison.Ordinal);
        Assert.Contains("--root", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_AcceptJson_AnswersJson()
    {
        var json = await SendAsync(new HttpRequestMessage(HttpMethod.Get, "/a?b=c"));

        Assert.Equal("GET", Param(json, "REQUEST_METHOD"));
        Assert.Equal("", Param(json, "SCRIPT_NAME"));
        Assert.Equal("/a", Param(json, "PATH_INFO"));
        Assert.Equal("application/json", Param(json, "HTTP_ACCEPT"));
        Assert.Equal(0, json.GetProperty("body").GetProperty("length").GetInt64());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Post_Body_ComesBackWithItsLengthAndHash(bool http2, bool withoutLength)
    {
        var body = RandomNumberGenerator.GetBytes(1_000_000);
        using var stream = new MemoryStream(body);
        using HttpContent content = withoutLength ? new UnknownLengthContent(body) : new StreamContent(stream);

        var json = await SendAsync(new HttpRequestMessage(HttpMethod.Post, "/") { Content = content }, http2);

        var echo = json.GetProperty("body");
        Assert.Equal(body.Length, echo.GetProperty("length").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), echo.GetProperty("sha256").GetString());
        Assert.Equal("1000000", Param(json, "CONTENT_LENGTH"));
    }

    [Fact]
    public async Task Post_Chunked_ShowsItsText()
    {
        using var content = new UnknownLengthContent("text=Hello"u8.ToArray());
        using var response = await _gateway.Http1.PostAsync("/", content);

        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains("10 bytes", page, StringComparison.Ordinal);
        Assert.Contains("text=Hello</pre>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_Page_HasItsLengthAndNoBody()
    {
        using var get = await _gateway.Http1.GetAsync("/");
        using var request = new HttpRequestMessage(HttpMethod.Head, "/");
        using var head = await _gateway.Http1.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.True(head.Content.Headers.ContentLength > 0);
    }

    [Fact]
    public async Task Get_MarkupInPathHeaderAndBody_IsShownAsText()
    {
        const string Attack = "<img src=x onerror=alert(1)>";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/" + Uri.EscapeDataString(Attack) + "?" + Attack)
        {
            Content = new StringContent(Attack),
        };
        request.Headers.TryAddWithoutValidation("X-Attack", Attack);
        request.Headers.TryAddWithoutValidation("Cookie", "a=\"" + Attack);

        using var response = await _gateway.Http1.SendAsync(request);

        Assert.DoesNotContain("<img", await response.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Latin1HeaderValue_ReachesTheApplicationByteByByte()
    {
        using var connection = await RawHttpConnection.ConnectAsync(_gateway.EndPoint);
        await connection.SendAsync(Encoding.Latin1.GetBytes(
            "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nConnection: close\r\nX-Name: caf\u00e9\r\n\r\n"));

        var (text, _) = await connection.ReadToEndAsync();

        // The application reads bytes that are no UTF-8 as Latin-1, and writes JSON as UTF-8.
        var json = JsonElement.Parse(Encoding.Latin1.GetBytes(text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]));
        Assert.Equal("caf\u00e9", Param(json, "HTTP_X_NAME"));
    }

    [Fact]
    public async Task Get_ManyAtOnce_AreAllAnswered()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            var json = await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/{i}"), http2: i % 2 == 0);
            return Param(json, "PATH_INFO");
        }));

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"/{i}"), answers);
    }

    private static string Row(string name, string value) => $"<th scope=\"row\">{name}</th><td>{value}</td>";

    private static string? Param(JsonElement json, string name) => json.GetProperty("params").GetProperty(name).GetString();

    private HttpClient Client(bool http2) => http2 ? _gateway.Http2 : _gateway.Http1;

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, bool http2 = false)
    {
        using (request)
        {
            request.Version = Client(http2).DefaultRequestVersion;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var response = await Client(http2).SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return JsonElement.Parse(await response.Content.ReadAsByteArrayAsync());
        }
    }

    /// <summary>A body that is sent chunked over HTTP/1.1 and without a length over HTTP/2.</summary>
    private sealed class UnknownLengthContent(byte[] body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(body).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
