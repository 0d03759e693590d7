using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

/// <summary>Scripts that go on behind fastcgi_finish_request, on connections that are kept.</summary>
public class FinishRequestTests
{
    private const string KeepAlive = """ "KeepAlive": true, "IdleTimeout": "01:00:00", "MaxConnectionLifetime": "01:00:00" """;

    private const string OnlyConnection = KeepAlive + """, "MaxConnections": 1 """;

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task KeptConnection_ScriptPrintsBehindItsEnd_NothingOfItReachesTheNextRequest()
    {
        await using var site = await PhpSite.StartAsync(new PhpFpmOptions { Children = 1 }, clusterFastCgi: OnlyConnection);
        var signal = WriteJob(site, """usleep(100000); echo "Status: 200 OK\r\nX-Stray: yes\r\n\r\nstray"; flush(); error_log('stray');""");
        site.Write("page.php", "<?php echo 'page ', $_GET['id'];");

        Assert.Equal("accepted", await site.Client.GetStringAsync("/job.php"));
        var page = site.Client.GetAsync("/page.php?id=1");
        await Eventually.UntilAsync(() => site.Proxy.Destination("a").ConcurrentRequestCount == 1, "the next request in the proxy");
        await File.WriteAllTextAsync(signal, "");

        using var response = await page;
        Assert.Equal("page 1", await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains("X-Stray"));
        Assert.Equal("page 2", await site.Client.GetStringAsync("/page.php?id=2"));
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("GET", false)]
    [InlineData("POST", true)]
    public async Task BackgroundJob_OfAnotherConnection_DelaysNoRequest(string method, bool keepAlive)
    {
        await using var site = await PhpSite.StartAsync(new PhpFpmOptions { Children = 2 }, clusterFastCgi: keepAlive ? KeepAlive : "");
        var signal = WriteJob(site, $"file_put_contents('{site.Fpm.Files.Scratch}/finished', 'x');");
        site.Write("page.php", "<?php echo 'page';");

        Assert.Equal("accepted", await site.Client.GetStringAsync("/job.php"));
        using var response = await site.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/page.php"));

        Assert.Equal("page", await response.Content.ReadAsStringAsync());
        Assert.False(File.Exists(Path.Combine(site.Fpm.Files.Scratch, "finished")));
        await File.WriteAllTextAsync(signal, "");
        await Eventually.UntilAsync(() => File.Exists(Path.Combine(site.Fpm.Files.Scratch, "finished")), "the job to finish");
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task BackgroundJob_OfTheKeptConnection_TheRequestGoesToAFreeWorker()
    {
        await using var site = await PhpSite.StartAsync(new PhpFpmOptions { Children = 2 }, clusterFastCgi: KeepAlive);
        var signal = WriteJob(site, "");
        site.Write("page.php", "<?php echo 'page';");

        Assert.Equal("accepted", await site.Client.GetStringAsync("/job.php"));

        // The job does not end before the page has come.
        Assert.Equal("page", await site.Client.GetStringAsync("/page.php"));
        Assert.Contains(site.Proxy.Logs.Ours, entry => entry.Exception!.Message.Contains("left the request on a kept connection unread", StringComparison.Ordinal));
        await File.WriteAllTextAsync(signal, "");
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task BackgroundJob_OfTheOnlyConnection_TheRequestWaits()
    {
        await using var site = await PhpSite.StartAsync(new PhpFpmOptions { Children = 1 }, clusterFastCgi: OnlyConnection);
        var signal = WriteJob(site, "");
        var count = Path.Combine(site.Fpm.Files.Scratch, "count");
        site.Write("page.php", $"<?php file_put_contents('{count}', 'x', FILE_APPEND); echo 'page';");

        Assert.Equal("accepted", await site.Client.GetStringAsync("/job.php"));
        var page = site.Client.GetStringAsync("/page.php");
        await Eventually.UntilAsync(() => site.Proxy.Destination("a").ConcurrentRequestCount == 1, "the request in the proxy");
        await File.WriteAllTextAsync(signal, "");

        Assert.Equal("page", await page);
        Assert.Equal("x", await File.ReadAllTextAsync(count));
    }

    /// <summary>Writes a job.php that answers, and goes on when the file exists whose path is returned.</summary>
    private static string WriteJob(PhpSite site, string behind)
    {
        var signal = Path.Combine(site.Fpm.Files.Scratch, "go-on");
        site.Write("job.php", $$"""
            <?php
            ignore_user_abort(true);
            echo 'accepted';
            fastcgi_finish_request();
            for ($i = 0; $i < 25000 && !file_exists('{{signal}}'); $i++) { usleep(1000); clearstatcache(); }
            {{behind}}
            """);
        return signal;
    }
}
