using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

public class ResponseTests
{
    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Head_Script_SendsTheHeadersOnly()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("page.php", "<?php header('X-Method: ' . $_SERVER['REQUEST_METHOD']); header('Content-Length: 11'); echo 'hello world';");
        using var client = await site.Proxy.ConnectAsync();

        await client.SendAsync("HEAD /page.php HTTP/1.1\r\nHost: localhost\r\n\r\nGET /page.php HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var head = await client.ReadHeadAsync();
        var (next, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Method: HEAD\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 11\r\n", head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", next, StringComparison.Ordinal);
        Assert.EndsWith("hello world", next, StringComparison.Ordinal);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(204, "No Content")]
    [InlineData(304, "Not Modified")]
    public async Task BodylessStatus_ScriptPrintsAllTheSame_TheConnectionStaysUsable(int status, string reason)
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("page.php", $$"""<?php http_response_code({{status}}); header('ETag: "7"'); echo 'a body that must not be';""");
        site.Write("next.php", "<?php echo 'next';");
        using var client = await site.Proxy.ConnectAsync();

        await client.SendAsync("GET /page.php HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var head = await client.ReadHeadAsync();
        await client.SendAsync("GET /next.php HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (next, _) = await client.ReadToEndAsync();

        Assert.StartsWith($"HTTP/1.1 {status} {reason}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nETag: \"7\"\r\n", head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", next, StringComparison.Ordinal);
        Assert.Contains("next", next, StringComparison.Ordinal);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("header('Location: /elsewhere?a=1');", 302)]
    [InlineData("header('Location: /elsewhere?a=1', true, 301);", 301)]
    [InlineData("header('Location: /elsewhere?a=1', true, 307);", 307)]
    [InlineData("http_response_code(201); header('Location: /elsewhere?a=1');", 201)]
    public async Task Location_Script_IsTheClientsRedirect(string code, int expected)
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("go.php", "<?php " + code);

        using var response = await site.Client.GetAsync("/go.php");

        Assert.Equal((HttpStatusCode)expected, response.StatusCode);
        Assert.Equal("/elsewhere?a=1", response.Headers.Location!.OriginalString);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task SetCookie_ManyTimes_EachStaysALineOfItsOwn()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("cookies.php", "<?php for ($i = 0; $i < 20; $i++) setcookie(\"c$i\", \"v$i\", ['expires' => 2000000000, 'path' => '/', 'httponly' => true]);");

        using var response = await site.Client.GetAsync("/cookies.php");

        var cookies = response.Headers.GetValues("Set-Cookie").ToList();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"c{i}=v{i}"), cookies.Select(cookie => cookie.Split(';')[0]));
        Assert.All(cookies, cookie => Assert.Contains("expires=Wed, 18", cookie, StringComparison.Ordinal));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Session_Cookie_CountsUp()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("count.php", "<?php session_start(); echo $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;");
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = site.Client.BaseAddress };

        Assert.Equal("1", await client.GetStringAsync("/count.php"));
        Assert.Equal("2", await client.GetStringAsync("/count.php"));
        Assert.Equal("3", await client.GetStringAsync("/count.php"));
        Assert.Equal("1", await site.Client.GetStringAsync("/count.php"));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task FatalError_Script_Is500AndLogged()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("broken.php", "<?php error_log('a note first'); undefined_function_called();");

        using var response = await site.Client.GetAsync("/broken.php");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var entry = await site.Proxy.Logs.WaitForAsync(entry => entry.Message.Contains("undefined_function_called", StringComparison.Ordinal), "PHP's error");
        Assert.StartsWith("Yarp.FastCgi", entry.Category, StringComparison.Ordinal);
        Assert.True(entry.Level >= LogLevel.Warning, $"Logged at {entry.Level}.");
        Assert.Contains(site.Proxy.Logs.Ours, entry => entry.Message.Contains("a note first", StringComparison.Ordinal));
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(418)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Status_OfTheScript_ReachesTheClientWithItsBody(int status)
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("page.php", $"<?php http_response_code({status}); header('X-Test: kept'); echo 'own page';");

        using var response = await site.Client.GetAsync("/page.php");

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal("own page", await response.Content.ReadAsStringAsync());
        Assert.Equal("kept", Assert.Single(response.Headers.GetValues("X-Test")));
        Assert.False(response.Headers.Contains("Status"));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Header_BytesBeyondAscii_PassUnchanged()
    {
        await using var fpm = await PhpFpm.StartAsync();
        fpm.Files.Write("page.php", "<?php header('Content-Type: text/plain'); header('X-Test: caf' . chr(0xE9)); echo bin2hex($_SERVER['HTTP_X_TEST'] ?? '');");
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(fpm.Address) { FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """ }.ToString(),
            Kestrel = kestrel =>
            {
                kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
                kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            },
        });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync(Encoding.Latin1.GetBytes("GET /page.php HTTP/1.1\r\nHost: localhost\r\nX-Test: caf\u00e9\r\nConnection: close\r\n\r\n"));
        var (text, _) = await client.ReadToEndAsync();

        Assert.Contains("X-Test: caf\u00e9\r\n", text, StringComparison.Ordinal);
        Assert.Contains("636166e9", text, StringComparison.Ordinal);
    }
}
