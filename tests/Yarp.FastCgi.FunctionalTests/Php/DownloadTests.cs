using System.Security.Cryptography;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

public class DownloadTests
{
    private const int Megabytes = 100;

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Download_HundredMegabytes_ArriveUnchanged(bool announced, bool http2)
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("big.php", $$"""
            <?php
            {{(announced ? $"header('Content-Length: {Megabytes * 1024 * 1024}');" : "")}}
            header('Content-Type: application/octet-stream');
            for ($i = 0; $i < {{Megabytes}}; $i++) echo str_repeat(hash('sha256', "$i", true), 32768);
            """);

        using var response = await (http2 ? site.Proxy.Http2Client : site.Client).GetAsync("/big.php", HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var hash = await SHA256.HashDataAsync(stream);

        Assert.Equal(announced ? Megabytes * 1024 * 1024 : null, response.Content.Headers.ContentLength);
        Assert.Equal(ExpectedHash(), hash);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Flush_BytesBeforeTheScriptEnds_ReachTheClient()
    {
        await using var site = await PhpSite.StartAsync();
        var signal = Path.Combine(site.Fpm.Files.Scratch, "go-on");
        site.Write("stream.php", $$"""
            <?php
            while (ob_get_level()) ob_end_flush();
            echo 'first;';
            flush();
            for ($i = 0; $i < 25000 && !file_exists('{{signal}}'); $i++) { usleep(1000); clearstatcache(); }
            echo file_exists('{{signal}}') ? 'second;' : 'nobody saw the first;';
            """);

        foreach (var client in new[] { site.Client, site.Proxy.Http2Client })
        {
            File.Delete(signal);
            using var response = await client.GetAsync("/stream.php", HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await response.Content.ReadAsStreamAsync();
            var first = new byte[6];
            await stream.ReadExactlyAsync(first).AsTask().WithinAsync("the flushed bytes");
            await File.WriteAllTextAsync(signal, "");
            using var reader = new StreamReader(stream);

            Assert.Equal("first;", Encoding.ASCII.GetString(first));
            Assert.Equal("second;", await reader.ReadToEndAsync());
        }
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task FastCgiFinishRequest_ScriptGoesOn_TheClientHasItsResponse()
    {
        await using var site = await PhpSite.StartAsync();
        var signal = Path.Combine(site.Fpm.Files.Scratch, "go-on");
        var finished = Path.Combine(site.Fpm.Files.Scratch, "finished");
        site.Write("job.php", $$"""
            <?php
            ignore_user_abort(true);
            echo 'accepted';
            fastcgi_finish_request();
            for ($i = 0; $i < 25000 && !file_exists('{{signal}}'); $i++) { usleep(1000); clearstatcache(); }
            file_put_contents('{{finished}}', file_exists('{{signal}}') ? 'after the response' : 'too late');
            """);

        Assert.Equal("accepted", await site.Client.GetStringAsync("/job.php"));
        Assert.False(File.Exists(finished));
        await File.WriteAllTextAsync(signal, "");

        await Eventually.UntilAsync(() => File.Exists(finished) && File.ReadAllText(finished).Length > 0, "the script to finish behind the response");
        Assert.Equal("after the response", await File.ReadAllTextAsync(finished));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task ClientGone_EndlessScript_IsEnded()
    {
        await using var site = await PhpSite.StartAsync(new PhpFpmOptions { Children = 1 });
        var ended = Path.Combine(site.Fpm.Files.Scratch, "ended");
        site.Write("endless.php", $$"""
            <?php
            while (ob_get_level()) ob_end_flush();
            register_shutdown_function(fn() => file_put_contents('{{ended}}', connection_aborted() ? 'aborted' : 'not aborted'));
            for ($i = 0; $i < 25000; $i++) { echo 'x'; flush(); usleep(1000); }
            """);

        using (var client = await site.Proxy.ConnectAsync())
        {
            await client.SendAsync("GET /endless.php HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await client.ReadHeadAsync();
        }

        await Eventually.UntilAsync(() => File.Exists(ended) && File.ReadAllText(ended).Length > 0, "PHP to notice that the client is gone");
        Assert.Equal("aborted", await File.ReadAllTextAsync(ended));
    }

    private static byte[] ExpectedHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < Megabytes; i++)
        {
            var piece = SHA256.HashData(Encoding.ASCII.GetBytes($"{i}"));
            for (var repeat = 0; repeat < 32768; repeat++)
            {
                hash.AppendData(piece);
            }
        }

        return hash.GetHashAndReset();
    }
}
