using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

/// <summary>What php-fpm alone does, and other applications do not (docs/semantics.md, G1 to G23).</summary>
public class PhpFpmTests
{
    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Params_OfSeveralRecords_AllArrive()
    {
        await using var fpm = await PhpFpm.StartAsync();
        fpm.Files.Write("page.php", "<?php for ($i = 0; $i < 100; $i++) echo strlen($_SERVER[\"HTTP_X_LONG_$i\"] ?? ''), ' ';");
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(fpm.Address) { FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """ }.ToString(),
            Kestrel = kestrel =>
            {
                kestrel.Limits.MaxRequestHeadersTotalSize = 500_000;
                kestrel.Limits.MaxRequestHeaderCount = 200;
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page.php");
        for (var i = 0; i < 100; i++)
        {
            request.Headers.Add($"X-Long-{i}", new string('v', 2000 + i));
        }

        using var response = await proxy.Client.SendAsync(request);

        Assert.Equal(string.Concat(Enumerable.Range(2000, 100).Select(length => $"{length} ")), await response.Content.ReadAsStringAsync());
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(65_515, 200)]
    [InlineData(65_516, 431)]
    public async Task Param_ThatFillsARecord_IsTheLongestThatArrives(int length, int expected)
    {
        // 65528 bytes with its name and both lengths. One more would need padding, and then be longer than php-fpm allows.
        await using var fpm = await PhpFpm.StartAsync();
        fpm.Files.Write("page.php", "<?php echo strlen($_SERVER['HTTP_X_A']);");
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(fpm.Address) { FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """ }.ToString(),
            Kestrel = kestrel => kestrel.Limits.MaxRequestHeadersTotalSize = 100_000,
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page.php") { Headers = { { "X-A", new string('v', length) } } };

        using var response = await proxy.Client.SendAsync(request);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected == 200 ? $"{length}" : "", await response.Content.ReadAsStringAsync());
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task KeepAlive_BodyThatNoScriptReads_LeavesTheConnectionInStep()
    {
        await using var site = await PhpSite.StartAsync(
            new PhpFpmOptions { Children = 1, Ini = new Dictionary<string, string> { ["enable_post_data_reading"] = "0" } },
            clusterFastCgi: """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "MaxConnections": 1, "IdleTimeout": "00:01:00" """);
        site.Write("page.php", "<?php echo $_SERVER['REQUEST_METHOD'], ' ', $_SERVER['QUERY_STRING'];");

        for (var i = 0; i < 5; i++)
        {
            using var posted = await site.Client.PostAsync($"/page.php?{i}", new ByteArrayContent(new byte[i * 100_000]));

            Assert.Equal($"POST {i}", await posted.Content.ReadAsStringAsync());
            Assert.Equal($"GET {i}", await site.Client.GetStringAsync($"/page.php?{i}"));
        }

        // A rest of the body would begin the next request, on which php-fpm closes; that one would be sent again.
        Assert.DoesNotContain(site.Proxy.Logs.Ours, entry => entry.EventId.Name == "StaleConnection");
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Script_MissingForPhpFpmAlone_Is404AndItsReasonIsLogged()
    {
        await using var fpm = await PhpFpm.StartAsync();
        using var directory = new TempDirectory();
        directory.WriteFile("page.php", "");
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(fpm.Address)
        {
            FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}", "LocalRoot": "{directory.Path}" """,
        });

        using var response = await proxy.Client.GetAsync("/page.php");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("File not found.\n", await response.Content.ReadAsStringAsync());
        await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "Stderr" && entry.Message.Contains("Primary script unknown", StringComparison.Ordinal), "php-fpm's reason");
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Script_WithAnExtensionThatPhpFpmDoesNotRun_Is403AndItsReasonIsLogged()
    {
        await using var site = await PhpSite.StartAsync(fastCgi: """ "ScriptExtensions": [ ".php", ".txt" ] """);
        site.Write("page.txt", "<?php echo 'executed';");

        using var response = await site.Client.GetAsync("/page.txt");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("Access denied.\n", await response.Content.ReadAsStringAsync());
        await site.Proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "Stderr" && entry.Message.Contains("security.limit_extensions", StringComparison.Ordinal), "php-fpm's reason");
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("", 200)]
    [InlineData("http_response_code(404);", 404)]
    [InlineData("header('HTTP/1.1 404 Gone Fishing');", 404)]
    [InlineData("header('Status: 404 Gone Fishing');", 404)]
    public async Task Status_OfTheScript_IsThatOfTheResponse(string code, int expected)
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("page.php", $"<?php {code} echo 'page';");

        using var response = await site.Client.GetAsync("/page.php");

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal("page", await response.Content.ReadAsStringAsync());
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(true, 404)]
    [InlineData(false, 502)]
    public async Task StatusLine_OfPhpWithRfc2616Headers_IsAcceptedByOption(bool accept, int expected)
    {
        await using var site = await PhpSite.StartAsync(
            new PhpFpmOptions { Ini = new Dictionary<string, string> { ["cgi.rfc2616_headers"] = "1" } },
            fastCgi: $""" "AcceptStatusLine": {(accept ? "true" : "false")} """);
        site.Write("page.php", "<?php header('HTTP/1.1 404 Gone Fishing'); echo 'page';");

        using var response = await site.Client.GetAsync("/page.php");

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(accept ? "page" : "", await response.Content.ReadAsStringAsync());
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpValue_OfTheConfiguration_CountsForEachRequest()
    {
        await using var site = await PhpSite.StartAsync(
            new PhpFpmOptions { Children = 1 },
            fastCgi: """ "Params": { "PHP_VALUE": "precision=9\nserialize_precision=8", "PHP_ADMIN_VALUE": "memory_limit=77M" } """);
        site.Write("page.php", "<?php echo ini_get('precision'), ' ', ini_get('serialize_precision'), ' ', ini_get('memory_limit'); ini_set('precision', '3');");

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("9 8 77M", await site.Client.GetStringAsync("/page.php"));
        }
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Client_ThatNamesPhpSettingsAndParams_ChangesNone()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("page.php", "<?php echo ini_get('auto_prepend_file'), '|', $_SERVER['SCRIPT_FILENAME'], '|', $_SERVER['REMOTE_ADDR'], '|', getenv('HTTP_PROXY') === false ? 'none' : 'set', '|', file_get_contents('php://input');");
        using var client = await site.Proxy.ConnectAsync();

        await client.SendAsync(Encoding.ASCII.GetBytes(
            "GET /page.php HTTP/1.1\r\nHost: localhost\r\nPHP_VALUE: auto_prepend_file=/etc/passwd\r\nPHP-ADMIN-VALUE: auto_prepend_file=/etc/passwd\r\n" +
            "Php.Value: auto_prepend_file=/etc/passwd\r\nSCRIPT_FILENAME: /etc/passwd\r\nRemote-Addr: 10.0.0.1\r\nREQUEST_BODY_FILE: /etc/passwd\r\nRequest-Body-File: /etc/passwd\r\nProxy: http://evil.example\r\nConnection: close\r\n\r\n"));
        var (text, _) = await client.ReadToEndAsync();

        Assert.Contains($"|{site.Fpm.Files.Root}/page.php|127.0.0.1|none|", text, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", text, StringComparison.Ordinal);
    }
}
