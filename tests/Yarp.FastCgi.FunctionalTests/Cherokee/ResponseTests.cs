using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>Responses, errors and files named by the script, as Cherokee's QA has them (docs/cherokee-qa.md).</summary>
public class ResponseTests
{
    private const string Intercepting = """ "DocumentRoot": "{root}", "InterceptErrors": [ "400-599" ] """;
    private const string Sendfile = """ "DocumentRoot": "{root}", "XSendfileRoots": "{scratch}" """;
    private const string SendfileScript = """
        <?php
        header('Content-Type: text/plain');
        header('X-Foo: 0');
        header("X-Sendfile: $_SERVER[DOCUMENT_ROOT]/../scratch/file");
        header('X-Example: This is a Long Value');
        echo 'This text should be discarded';
        """;

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa087_RelativeLocation_IsTheClientsRedirect()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("redir.php", "<?php header('Location: src/login.php'); ?>");

        var response = await site.AskAsync("GET /redir.php HTTP/1.0\r\n");

        Assert.Equal(302, response.Status);
        Assert.Equal("src/login.php", Assert.Single(response.Values("Location")));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa112_ErrorPageOfTheScript_PassesUnchanged()
    {
        await using var site = await QaSite.StartAsync();
        var page = $"<html>\n <body><h1>403 Access Denied</h1>{new string('.', 2000)}</body>\n</html>";
        site.Files.Write("exec.php", $"<?php http_response_code(403); ?>{page}");

        var response = await site.AskAsync("GET /exec.php HTTP/1.0\r\n");

        Assert.Equal(403, response.Status);
        Assert.Equal(page, response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa133_IfNoneMatch_ReachesTheScriptAndIts304TheClient()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("test.php", "<?php if ($_SERVER['HTTP_IF_NONE_MATCH'] === 'known') { header('HTTP/1.0 304 Not Modified'); exit(); } echo 'This should not happen';");

        var response = await site.AskAsync("GET /test.php HTTP/1.0\r\nIf-None-Match: known\r\n");

        Assert.Equal("HTTP/1.1 304 Not Modified", response.StatusLine);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa170_ErrorThatIsIntercepted_HasNotTheLengthOfTheScriptsPage()
    {
        await using var site = await QaSite.StartAsync(fastCgi: Intercepting);
        site.Files.Write("exec.php", "<?php http_response_code(404); header('Content-Length: 1234'); echo str_repeat('x', 1234);");

        var response = await site.AskAsync("GET /exec.php HTTP/1.0\r\n");

        Assert.Equal(404, response.Status);
        Assert.DoesNotContain("1234", response.Values("Content-Length"));
        Assert.DoesNotContain("xxx", response.Text, StringComparison.Ordinal);
        Assert.True(response.IsComplete);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa198_StatusLineAmongTheFields_GivesTheStatusAndItsPhraseIsIntercepted()
    {
        await using var site = await QaSite.StartAsync(fastCgi: Intercepting);
        site.Files.Write("test.php", "<?php header('Content-Type: text/plain'); header('HTTP/1.0 404 Page eaten by dog'); header('Foo: bar'); echo 'Sorry, file not found.';");

        var response = await site.AskAsync("GET /test.php HTTP/1.0\r\n");

        Assert.Equal("HTTP/1.1 404 Not Found", response.StatusLine);
        Assert.DoesNotContain("Sorry", response.Text, StringComparison.Ordinal);
        Assert.Equal("bar", Assert.Single(response.Values("Foo")));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa166And202_XSendfile_IsSentInPlaceOfTheBodyWithTheScriptsFields()
    {
        await using var site = await QaSite.StartAsync(fastCgi: Sendfile);
        site.Files.Write("test.php", SendfileScript);
        var content = WriteFile(site);

        var response = await site.AskAsync("GET /test.php HTTP/1.1\r\nHost: default\r\nConnection: Close\r\n");

        Assert.Equal(200, response.Status);
        Assert.Equal(content, response.Text);
        Assert.Equal("100", Assert.Single(response.Values("Content-Length")));
        Assert.Single(response.Values("ETag"));
        Assert.Single(response.Values("Last-Modified"));
        Assert.Equal("0", Assert.Single(response.Values("X-Foo")));
        Assert.Equal("This is a Long Value", Assert.Single(response.Values("X-Example")));
        Assert.Empty(response.Values("Transfer-Encoding"));
        Assert.Empty(response.Values("X-Sendfile"));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa300_XSendfileAndRange_Is206()
    {
        await using var site = await QaSite.StartAsync(fastCgi: Sendfile);
        site.Files.Write("test.php", SendfileScript);
        var content = WriteFile(site);

        var response = await site.AskAsync("GET /test.php HTTP/1.1\r\nHost: default\r\nRange: bytes=15-\r\nConnection: Close\r\n");

        Assert.Equal(206, response.Status);
        Assert.Equal(content[15..], response.Text);
        Assert.Equal("85", Assert.Single(response.Values("Content-Length")));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa306_NoContent_KeepsTheConnectionAsTheClientAsks()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("exec.php", "<?php http_response_code(204);");
        using var client = await site.Proxy.ConnectAsync();
        const string Request = "GET /exec.php HTTP/1.1\r\nHost: example.com\r\n";

        await client.SendAsync(Request + "Connection: keep-alive\r\n\r\n" + Request + "Connection: close\r\n\r\n");
        var first = await RawHttpResponse.ReadAsync(client);
        var second = await RawHttpResponse.ReadAsync(client);
        var (rest, close) = await client.ReadToEndAsync();

        Assert.Equal(204, first.Status);
        Assert.DoesNotContain("close", first.Values("Connection"));
        Assert.Equal(204, second.Status);
        Assert.Equal("close", Assert.Single(second.Values("Connection")));
        Assert.Equal("", rest);
        Assert.Equal(PeerClose.Graceful, close);
    }

    private static string WriteFile(QaSite site)
    {
        var content = string.Concat(Enumerable.Range(0, 100).Select(i => (char)('a' + (i % 26))));
        File.WriteAllText(Path.Combine(site.Files.Scratch, "file"), content);
        return content;
    }
}
