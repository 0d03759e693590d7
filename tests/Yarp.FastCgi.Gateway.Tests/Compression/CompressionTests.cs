using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Compression;

/// <summary>Compressed responses, by what the client accepts and what the application says.</summary>
public class CompressionTests
{
    private const string Enabled = """{ "Compression": { "Enabled": true } }""";

    private static readonly string Page = string.Concat(Enumerable.Repeat("<p>the same again</p>", 100));

    [Theory]
    [InlineData("Accept-Encoding: gzip, br", "br")]
    [InlineData("Accept-Encoding: gzip", "gzip")]
    [InlineData("Accept-Encoding: gzip;q=1, br;q=0.5", "gzip")]
    [InlineData("Accept-Encoding: br;q=0, *", "gzip")]
    [InlineData("Accept-Encoding: zstd", null)]
    [InlineData("Accept-Encoding: identity, gzip;q=0.5", null)]
    [InlineData("Accept-Encoding: gzip;q=0", null)]
    [InlineData("X: y", null)]
    public async Task Get_Page_HasTheCodingThatTheClientLikesBest(string accepted, string? coding)
    {
        await using var application = ScriptedResponder.Start(_ => Html(Page));
        await using var gateway = await ResponseGateway.StartAsync(application.Address, Enabled);

        var (head, body) = await gateway.SendAsync("GET /", accepted);

        Assert.Contains("\r\nVary: Accept-Encoding\r\n", head, StringComparison.Ordinal);
        Assert.Equal(coding is not null, head.Contains($"\r\nContent-Encoding: {coding}\r\n", StringComparison.Ordinal));
        Assert.Equal(Page, Decode(coding, body));
        Assert.Equal(coding is null, body.Length == Page.Length);
    }

    [Theory]
    [InlineData("X: y", "X: y", "image/png")]
    [InlineData("X: y", "X: y", "text/event-stream")]
    [InlineData("X: y", "Content-Encoding: gzip")]
    [InlineData("X: y", "Cache-Control: public, no-transform")]
    [InlineData("Cache-Control: no-transform", "X: y")]
    [InlineData("X: y", "Status: 206")]
    [InlineData("X: y", "Content-Range: bytes 0-9/20")]
    [InlineData("X-Forwarded-Proto: https", "X: y")]
    public async Task Get_ResponseThatIsNotToBeChanged_StaysAsItIs(string requestField, string responseField, string type = "text/html")
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Typed(type, Page).WithHeader(responseField.Split(':')[0], responseField.Split(": ")[1]).WithHeader("ETag", "\"a\""));
        await using var gateway = await ResponseGateway.StartAsync(
            application.Address, """{ "Compression": { "Enabled": true }, "ForwardedHeaders": { "TrustedNetworks": "127.0.0.1" } }""");

        var (head, body) = await gateway.SendAsync("GET /", "Accept-Encoding: br", requestField);

        Assert.DoesNotContain("Content-Encoding: br", head, StringComparison.Ordinal);
        Assert.DoesNotContain("W/", head, StringComparison.Ordinal);
        Assert.Equal(Page, Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task Get_Https_IsCompressedWhereItIsAskedFor()
    {
        await using var application = ScriptedResponder.Start(_ => Html(Page));
        await using var gateway = await ResponseGateway.StartAsync(
            application.Address, """{ "Compression": { "Enabled": true, "Https": true }, "ForwardedHeaders": { "TrustedNetworks": "127.0.0.1" } }""");

        var (head, _) = await gateway.SendAsync("GET /", "Accept-Encoding: br", "X-Forwarded-Proto: https");

        Assert.Contains("\r\nContent-Encoding: br\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1023, false)]
    [InlineData(1024, true)]
    public async Task Get_AnnouncedLength_CountsAgainstTheMinimum(int length, bool isCompressed)
    {
        await using var application = ScriptedResponder.Start(_ => Html(new string('a', length)).WithHeader("Content-Length", $"{length}"));
        await using var gateway = await ResponseGateway.StartAsync(application.Address, Enabled);

        var (head, body) = await gateway.SendAsync("GET /", "Accept-Encoding: gzip");

        Assert.Equal(isCompressed, head.Contains("Content-Encoding", StringComparison.Ordinal));
        Assert.Equal(!isCompressed, head.Contains("Content-Length", StringComparison.Ordinal));
        Assert.Equal(length, Decode(isCompressed ? "gzip" : null, body).Length);
    }

    [Theory]
    [InlineData("\"a\"", "W/\"a\"")]
    [InlineData("W/\"a\"", "W/\"a\"")]
    public async Task Get_Tag_IsWeakForBothMethods(string tag, string expected)
    {
        await using var application = ScriptedResponder.Start(request =>
            (request["REQUEST_METHOD"] == "HEAD" ? Html("") : Html(Page)).WithHeader("ETag", tag).WithHeader("Content-Length", $"{Page.Length}"));
        await using var gateway = await ResponseGateway.StartAsync(application.Address, Enabled);

        var (get, _) = await gateway.SendAsync("GET /", "Accept-Encoding: br");
        var (head, body) = await gateway.SendAsync("HEAD /", "Accept-Encoding: br");

        foreach (var response in new[] { get, head })
        {
            Assert.True(response.Contains($"\r\nETag: {expected}\r\n", StringComparison.Ordinal), response);
            Assert.Contains("\r\nContent-Encoding: br\r\n", response, StringComparison.Ordinal);
            Assert.Contains("\r\nVary: Accept-Encoding\r\n", response, StringComparison.Ordinal);
            Assert.DoesNotContain("Content-Length", response, StringComparison.Ordinal);
        }

        Assert.Empty(body);
    }

    [Theory]
    [InlineData("W/\"a\"", "W/\"a\"")]
    [InlineData("\"a\"", "\"a\"")]
    public async Task Get_NotModified_HasTheTagThatTheClientHas(string asked, string expected)
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Status(304).WithHeader("ETag", "\"a\""));
        await using var gateway = await ResponseGateway.StartAsync(application.Address, Enabled);

        var (head, body) = await gateway.SendAsync("GET /", "Accept-Encoding: br", $"If-None-Match: {asked}");

        Assert.StartsWith("HTTP/1.1 304 ", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nETag: {expected}\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Encoding", head, StringComparison.Ordinal);
        Assert.Empty(body);
    }

    [Fact]
    public async Task Get_Vary_IsAddedTo()
    {
        await using var application = ScriptedResponder.Start(_ => Html(Page).WithHeader("Vary", "Cookie"));
        await using var gateway = await ResponseGateway.StartAsync(application.Address, Enabled);

        var (head, _) = await gateway.SendAsync("GET /", "Accept-Encoding: br");

        Assert.Matches("\r\nVary: Cookie(, |\r\nVary: )Accept-Encoding\r\n", head);
    }

    [Theory]
    [InlineData("br", "text/event-stream")]
    [InlineData("gzip", "text/html")]
    public async Task Get_ApplicationThatPauses_IsHeardAtOnce(string coding, string type)
    {
        using var heard = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync($"Content-Type: {type}\r\n\r\ndata: one\n\n");
            await heard.WaitAsync().WithinAsync("the client to read what was flushed");
            await connection.SendStdoutAsync("data: two\n\n");
            await connection.EndStdoutAsync();
            await connection.EndRequestAsync();
        });
        await using var gateway = await ResponseGateway.StartAsync(application.Address, """{ "Compression": { "Enabled": true, "Types": "text/*" } }""");
        using var client = await RawHttpConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {coding}\r\n\r\n");
        var head = await client.ReadHeadAsync();
        var body = new MemoryStream();

        // The second event is only sent once the first can be read here.
        await ReadUntilDecodedAsync(client, body, coding, "data: one\n\n");
        heard.Release();
        await ReadUntilDecodedAsync(client, body, coding, "data: one\n\ndata: two\n\n");

        Assert.Contains($"\r\nContent-Encoding: {coding}\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ApplicationThatBreaksOff_IsNoCompleteResponse()
    {
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync($"Content-Type: text/html\r\nContent-Length: 5000\r\n\r\n{Page}");
            connection.Close();
        });
        await using var gateway = await ResponseGateway.StartAsync(application.Address, Enabled);
        using var client = await RawHttpConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\n\r\n");

        var (text, _) = await client.ReadToEndAsync();

        Assert.DoesNotContain("\r\n0\r\n\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Root_KnowsWeakTagsOfItsFilesAndLeavesTheApplicationsAlone()
    {
        using var site = new TempDirectory();
        site.WriteFile("page.html", Page);
        site.WriteFile("index.php", "<?php");
        await using var application = ScriptedResponder.Start(request => Html($"the application was asked for {request["HTTP_IF_NONE_MATCH"]}"));
        using var configuration = new TempDirectory();
        await using var app = GatewayApplication.Build(new GatewayOptions
        {
            ConfigFile = configuration.WriteFile("gateway.json", $$"""{ "Gateway": {{Enabled}} }"""),
            Root = site.Path,
            App = FastCgiEndpoint.Parse(application.Address),
            Listen = [ListenAddress.Parse("http://127.0.0.1:0")],
        });
        await app.StartAsync().WithinAsync("the gateway to start");
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        using var get = await SendAsync(client, HttpMethod.Get, null);
        using var head = await SendAsync(client, HttpMethod.Head, null);
        using var again = await SendAsync(client, HttpMethod.Get, get.Headers.ETag);
        using var script = await SendAsync(client, HttpMethod.Get, get.Headers.ETag, "index.php", "identity");

        Assert.Equal(["br"], get.Content.Headers.ContentEncoding);
        Assert.Equal(["br"], head.Content.Headers.ContentEncoding);
        Assert.Null(head.Content.Headers.ContentLength);
        Assert.True(get.Headers.ETag!.IsWeak);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(get.Headers.ETag, again.Headers.ETag);
        Assert.Equal($"the application was asked for {get.Headers.ETag}", await script.Content.ReadAsStringAsync());
        await app.StopAsync().WithinAsync("the gateway to stop");

        async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, EntityTagHeaderValue? tag, string file = "page.html", string accepted = "br")
        {
            using var request = new HttpRequestMessage(method, new Uri($"{app.Urls.First()}/{file}"));
            request.Headers.AcceptEncoding.ParseAdd(accepted);
            if (tag is not null)
            {
                request.Headers.IfNoneMatch.Add(tag);
            }

            return await client.SendAsync(request);
        }
    }

    private static async Task ReadUntilDecodedAsync(RawHttpConnection client, MemoryStream body, string coding, string expected)
    {
        string decoded;
        do
        {
            body.Write(await client.ReadChunkAsync());
            decoded = DecodeBeginning(coding, body.ToArray());
        }
        while (decoded.Length < expected.Length);

        Assert.Equal(expected, decoded);
    }

    // What a browser can show of a response that has not ended.
    private static string DecodeBeginning(string coding, byte[] body)
    {
        using var decoder = Decoder(coding, new MemoryStream(body));
        var text = new StringBuilder();
        try
        {
            while (decoder.ReadByte() is var next and >= 0)
            {
                text.Append((char)next);
            }
        }
        catch (InvalidDataException)
        {
            // The end is still to come.
        }

        return text.ToString();
    }

    private static string Decode(string? coding, byte[] body)
    {
        using var reader = new StreamReader(Decoder(coding, new MemoryStream(body)), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static Stream Decoder(string? coding, Stream body) => coding switch
    {
        "br" => new BrotliStream(body, CompressionMode.Decompress),
        "gzip" => new GZipStream(body, CompressionMode.Decompress),
        _ => body,
    };

    private static Reply Html(string body) => Reply.Typed("text/html; charset=utf-8", body);
}
