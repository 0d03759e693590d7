using System.Security.Cryptography;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>Request bodies, as Cherokee's QA has them (docs/cherokee-qa.md).</summary>
public class PostTests
{
    private const string Form = "Content-Type: application/x-www-form-urlencoded\r\n";
    private const string Show = "<?php echo $_SERVER['CONTENT_LENGTH'] ?? 'none', ' ', json_encode($_POST, JSON_FORCE_OBJECT);";

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("HTTP/1.1\r\nHost: localhost", 200, "0 {}")]
    [InlineData("HTTP/1.0", 400, "")]
    public async Task Qa029_PostWithoutLength_HasNoBodyInHttp11AndIsRefusedInHttp10(string version, int expected, string text)
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("post1/test.php", Show);

        var response = await site.AskAsync($"POST /post1/test.php {version}\r\n");

        Assert.Equal(expected, response.Status);
        Assert.Equal(text, response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpFpm)]
    public async Task Qa030And194_PostOfLengthZero_ReachesTheScript(string program)
    {
        await using var site = await QaSite.StartAsync(program);
        site.Files.Write("post/test.php", Show);

        var response = await site.AskAsync($"POST /post/test.php HTTP/1.0\r\n{Form}Content-Length: 0\r\n");

        Assert.Equal(200, response.Status);
        Assert.Equal("0 {}", response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa031_PostOfEightBytes_ReachesTheScript()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("post3/test.php", Show);

        var response = await site.AskAsync($"POST /post3/test.php HTTP/1.1\r\nHost: localhost\r\n{Form}Connection: Close\r\nContent-Length: 8\r\n", "12345678");

        Assert.Equal(200, response.Status);
        Assert.Equal("8 {\"12345678\":\"\"}", response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa037_FormField_IsInPost()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("php3/post.php", "<?php echo $_POST['magic'];");

        var response = await site.AskAsync($"POST /php3/post.php HTTP/1.0\r\n{Form}Content-Length: 11\r\n", "magic=magic");

        Assert.Equal("magic", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData((100 * 1024) + 33)]
    [InlineData(5 * 1024 * 200)]
    public async Task Qa060And101_BigPost_ComesBackUnchanged(int length)
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("big.php", "<?php echo $_POST['var'];");
        var letters = Letters(length);

        var response = await site.AskAsync($"POST /big.php HTTP/1.0\r\n{Form}Content-Length: {length + 4}\r\n", "var=" + letters);

        Assert.Equal(200, response.Status);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(letters)), SHA256.HashData(response.Body));
        Assert.True(response.IsComplete);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa131_PostToAnotherPathInside_KeepsItsBody()
    {
        await using var site = await QaSite.StartAsync(route: """ "Transforms": [ { "PathSet": "/inside/test.php" } ] """);
        site.Files.Write("inside/test.php", "<?php echo 'POST alvaro=', $_POST['alvaro'], ' ', $_SERVER['REQUEST_URI'];");

        var response = await site.AskAsync($"POST /outside/ HTTP/1.0\r\n{Form}Content-Length: 17\r\n", "alvaro=alobbs.com");

        Assert.Equal(200, response.Status);
        Assert.Equal("POST alvaro=alobbs.com /outside/", response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa201_PostAboveTheLimit_Is413AndRunsNothing()
    {
        await using var site = await QaSite.StartAsync(route: """ "MaxRequestBodySize": 2 """);
        site.Files.Write("program.php", "<?php file_put_contents($_SERVER['DOCUMENT_ROOT'] . '/../scratch/ran', ''); echo 'foo bar';");

        var response = await site.AskAsync($"POST /program.php HTTP/1.0\r\nHost: 201_test\r\n{Form}Content-Length: 18\r\nConnection: Close\r\n", "Alvaro: alobbs.com");

        Assert.Equal(413, response.Status);
        Assert.DoesNotContain("foo bar", response.Text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(site.Files.Scratch, "ran")));
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(17)]
    [InlineData((100 * 1024) + 35)]
    [InlineData(0)]
    public async Task Qa213To215_ChunkedPost_HasItsTrueLength(int length)
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("chunked.php", "<?php echo $_SERVER['CONTENT_LENGTH'], ' ', $_POST['var'] ?? '';");
        var letters = Letters(length);
        var body = length == 0 ? "" : "var=" + letters;
        var chunks = string.Concat(body.Chunk(4000).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));

        var response = await site.AskAsync($"POST /chunked.php HTTP/1.1\r\nHost: localhost\r\n{Form}Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n");

        Assert.Equal(200, response.Status);
        Assert.Equal($"{body.Length} {letters}", response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa231_FourStrayBytesBehindTheBody_AreNoPartOfIt()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("post_4extra.php", "<?php echo $_POST['var'];");
        var letters = Letters((1024 * 10) - 4);
        using var client = await site.Proxy.ConnectAsync();

        await client.SendAsync(
            $"POST /post_4extra.php HTTP/1.1\r\nHost: localhost\r\n{Form}Content-Length: {1024 * 10}\r\n\r\nvar={letters}\r\n\r\n" +
            $"POST /post_4extra.php HTTP/1.1\r\nHost: localhost\r\n{Form}Content-Length: 8\r\nConnection: close\r\n\r\nvar=next");
        var response = await RawHttpResponse.ReadAsync(client);
        var next = await RawHttpResponse.ReadAsync(client);

        Assert.Equal(200, response.Status);
        Assert.Equal(letters, response.Text);
        Assert.Equal("next", next.Text);
    }

    private static string Letters(int length)
    {
        var random = new Random(length);
        return string.Create(length, random, static (letters, random) => random.GetItems("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", letters));
    }
}
