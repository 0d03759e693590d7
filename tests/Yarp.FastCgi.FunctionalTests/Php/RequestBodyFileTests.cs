using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

public sealed class RequestBodyFileTests : IDisposable
{
    private const string Show = """
        <?php
        $files = array_map(fn($f) => ['name' => $f['name'], 'type' => $f['type'], 'size' => $f['size'], 'error' => $f['error'], 'hash' => hash_file('sha256', $f['tmp_name'])], $_FILES);
        header('Content-Type: application/json');
        header('X-By-Name: ' . (isset($_SERVER['REQUEST_BODY_FILE']) ? 'yes' : 'no'));
        echo json_encode(['input' => hash('sha256', file_get_contents('php://input')), 'post' => $_POST, 'files' => $files, 'length' => $_SERVER['CONTENT_LENGTH']]);
        """;

    private readonly SharedDirectory _shared = new();

    public static TheoryData<string, string> Requests => new()
    {
        { "POST", "application/octet-stream" },
        { "PUT", "application/json" },
        { "PATCH", "text/plain" },
        { "POST", "application/x-www-form-urlencoded" },
        { "POST", "multipart/form-data" },
    };

    public void Dispose() => _shared.Dispose();

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [MemberData(nameof(Requests))]
    public async Task Body_ByName_IsTheSameForPhpAsByItsBytes(string method, string type)
    {
        await using var fpm = await PhpFpm.StartAsync();
        fpm.Files.Write("show.php", Show);
        await using var byName = await TestProxy.StartAsync(Json(fpm, $""" , "RequestBodyFileDirectory": "{_shared.Path}" """));
        await using var byBytes = await TestProxy.StartAsync(Json(fpm, ""));

        var (names, file) = await AskAsync(byName);
        var (bytes, _) = await AskAsync(byBytes);

        Assert.Equal("yes", names);
        Assert.Equal("no", bytes);
        Assert.Equal((await AskAsync(byBytes)).Answer, file);
        await Eventually.UntilAsync(() => Directory.GetFileSystemEntries(_shared.Path).Length == 0, "the files to be deleted");

        async Task<(string ByName, string Answer)> AskAsync(TestProxy proxy)
        {
            using var message = new HttpRequestMessage(new HttpMethod(method), "/show.php") { Content = Content(type) };
            using var response = await proxy.Client.SendAsync(message);
            return (Assert.Single(response.Headers.GetValues("X-By-Name")), await response.Content.ReadAsStringAsync());
        }
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bodies_OneBehindTheOther_EachIsItsOwn(bool keepAlive)
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 1 });
        fpm.Files.Write("echo.php", "<?php echo file_get_contents('php://input');");
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(fpm.Address)
        {
            FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}", "RequestBufferSize": 100, "RequestBodyFileDirectory": "{_shared.Path}" """,
            ClusterFastCgi = $""" "KeepAlive": {(keepAlive ? "true" : "false")}, "MaxConnections": 1 """,
        });

        // Those of 100 bytes and less go by their bytes, on the same worker.
        foreach (var length in new[] { 100_000, 50, 300, 0, 101, 1_000_000 })
        {
            var body = new string((char)('a' + (length % 26)), length);
            using var message = new HttpRequestMessage(HttpMethod.Get, "/echo.php") { Content = new StringContent(body) };
            using var response = await proxy.Client.SendAsync(message);
            Assert.Equal(body, await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>Why the directory must be one that php-fpm can read: it goes on without the body.</summary>
    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Directory_ThatPhpDoesNotSee_IsAWarningOfPhpInTheLog()
    {
        await using var fpm = await PhpFpm.StartAsync();
        fpm.Files.Write("echo.php", "<?php echo strlen(file_get_contents('php://input'));");
        await using var proxy = await TestProxy.StartAsync(Json(fpm, $""" , "RequestBodyFileDirectory": "/no/such/directory", "LocalRequestBodyFileDirectory": "{_shared.Path}" """));

        using var response = await proxy.Client.PostAsync("/echo.php", new ByteArrayContent(new byte[5000]));

        Assert.Equal("0", await response.Content.ReadAsStringAsync());
        await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "Stderr" && entry.Message.Contains("REQUEST_BODY_FILE: open('/no/such/directory/", StringComparison.Ordinal), "PHP's warning");
    }

    private static ProxyJson Json(PhpFpm fpm, string more) => new(fpm.Address)
    {
        FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}", "RequestBufferSize": 1000 {more} """,
    };

    private static HttpContent Content(string type)
    {
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        if (type == "multipart/form-data")
        {
            return new MultipartFormDataContent("boundary")
            {
                { new StringContent("Füße"), "title" },
                { new ByteArrayContent(bytes) { Headers = { ContentType = new("image/png") } }, "photo", "photo.png" },
                { new StringContent("text"), "note", "note.txt" },
            };
        }

        HttpContent content = type == "application/x-www-form-urlencoded"
            ? new ByteArrayContent(Encoding.ASCII.GetBytes("a=1&b[]=2&b[]=3&long=" + new string('x', 200_000)))
            : new ByteArrayContent(bytes);
        content.Headers.ContentType = new(type);
        return content;
    }
}
