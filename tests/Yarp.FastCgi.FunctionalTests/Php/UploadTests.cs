using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

public class UploadTests
{
    private const int TwentyMegabytes = 20 * 1024 * 1024;

    private const string Echo = """
        <?php
        $body = file_get_contents('php://input');
        header('Content-Type: application/octet-stream');
        header('X-Sha256: ' . hash('sha256', $body));
        header('X-Content-Length: ' . ($_SERVER['CONTENT_LENGTH'] ?? 'none'));
        echo $body;
        """;

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("Content-Length", true)]
    [InlineData("Content-Length", false)]
    [InlineData("chunked", true)]
    [InlineData("HTTP/2 without length", true)]
    [InlineData("HTTP/2 with length", true)]
    [InlineData("HTTP/2 with length", false)]
    public async Task Upload_TwentyMegabytes_ComeBackUnchanged(string framing, bool buffering)
    {
        await using var site = await PhpSite.StartAsync(fastCgi: $""" "RequestBuffering": "{buffering}" """);
        site.Write("echo.php", Echo);
        var body = new byte[TwentyMegabytes];
        new Random(1).NextBytes(body);
        var hash = Convert.ToHexStringLower(SHA256.HashData(body));
        var hasLength = framing is "Content-Length" or "HTTP/2 with length";
        var client = framing.StartsWith("HTTP/2", StringComparison.Ordinal) ? site.Proxy.Http2Client : site.Client;
        using var message = new HttpRequestMessage(HttpMethod.Post, "/echo.php")
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
            Content = hasLength ? new ByteArrayContent(body) : new StreamContent(new UnseekableStream(body)),
        };
        message.Headers.TransferEncodingChunked = framing == "chunked";

        using var response = await client.SendAsync(message);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(TwentyMegabytes.ToString(CultureInfo.InvariantCulture), Assert.Single(response.Headers.GetValues("X-Content-Length")));
        Assert.Equal(hash, Assert.Single(response.Headers.GetValues("X-Sha256")));
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(await response.Content.ReadAsByteArrayAsync())));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Upload_MultipartForm_FieldsAndFilesArrive()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("form.php", """
            <?php
            header('Content-Type: application/json');
            echo json_encode([
              'title' => $_POST['title'], 'name' => $_FILES['file']['name'], 'type' => $_FILES['file']['type'], 'error' => $_FILES['file']['error'],
              'size' => $_FILES['file']['size'], 'hash' => hash_file('sha256', $_FILES['file']['tmp_name'])]);
            """);
        var file = new byte[3_000_000];
        new Random(2).NextBytes(file);
        using var form = new MultipartFormDataContent
        {
            { new StringContent("Füße"), "title" },
            { new ByteArrayContent(file) { Headers = { ContentType = new("image/png") } }, "file", "photo.png" },
        };

        using var response = await site.Client.PostAsync("/form.php", form);

        using var seen = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("Füße", seen.RootElement.GetProperty("title").GetString());
        Assert.Equal("photo.png", seen.RootElement.GetProperty("name").GetString());
        Assert.Equal("image/png", seen.RootElement.GetProperty("type").GetString());
        Assert.Equal(0, seen.RootElement.GetProperty("error").GetInt32());
        Assert.Equal(file.Length, seen.RootElement.GetProperty("size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file)), seen.RootElement.GetProperty("hash").GetString());
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Upload_ScriptThatDoesNotReadIt_AnswersAllTheSame(bool buffering)
    {
        await using var site = await PhpSite.StartAsync(fastCgi: $""" "RequestBuffering": "{buffering}" """);
        site.Write("refuse.php", "<?php http_response_code(403); echo 'refused';");

        using var response = await site.Client.PostAsync("/refuse.php", new ByteArrayContent(new byte[5_000_000]));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("refused", await response.Content.ReadAsStringAsync());
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Upload_Expect100Continue_IsAnswered()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("echo.php", "<?php echo file_get_contents('php://input'), ' ', isset($_SERVER['HTTP_EXPECT']) ? 'passed on' : 'kept back';");
        using var client = await site.Proxy.ConnectAsync();

        await client.SendAsync("POST /echo.php HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 Continue", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.SendAsync("body");

        var (text, _) = await client.ReadToEndAsync();
        Assert.Contains("body kept back", text, StringComparison.Ordinal);
    }
}
