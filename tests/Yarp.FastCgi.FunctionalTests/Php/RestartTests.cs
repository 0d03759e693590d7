using System.Collections.Concurrent;
using System.Net;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

public class RestartTests
{
    private const string Echo = "<?php echo $_GET['id'], ' ', strlen(file_get_contents('php://input'));";

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MaxRequests_WorkersEndUnderLoad_NoRequestFails(bool keepAlive)
    {
        await using var site = await PhpSite.StartAsync(
            new PhpFpmOptions { Children = 4, MaxRequests = 5 },
            clusterFastCgi: $""" "KeepAlive": "{keepAlive}", "MaxConnections": 4 """);
        site.Write("echo.php", Echo);
        const int Clients = 8;
        const int RequestsEach = 50;

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var i = 0; i < RequestsEach; i++)
            {
                var id = $"{client}-{i}";
                using var response = await site.Client.GetAsync($"/echo.php?id={id}");
                Assert.Equal($"200 {id} 0", $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            }
        }));
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restart_UnderLoad_FailsOnlyWhileDownAndRecoversByItself(bool keepAlive)
    {
        await using var site = await PhpSite.StartAsync(clusterFastCgi: $""" "KeepAlive": "{keepAlive}", "MaxConnections": 4 """);
        site.Write("echo.php", Echo);
        var answers = new ConcurrentQueue<string>();
        var signal = new StateSignal();
        var finished = false;
        var clients = Enumerable.Range(0, 4).Select(client => AskUntilFinishedAsync(client)).ToArray();

        await WaitForAsync(answer => answer == "OK", 20, "answers before the restart");
        await site.Fpm.StopAsync();
        await WaitForAsync(answer => answer != "OK", 20, "failures while php-fpm is down");
        await site.Fpm.StartProcessAsync();
        answers.Clear();
        await WaitForAsync(answer => answer == "OK", 50, "answers after the restart");
        Volatile.Write(ref finished, true);
        await Task.WhenAll(clients).WithinAsync("the clients to finish");

        Assert.Equal("1 0", await site.Client.GetStringAsync("/echo.php?id=1"));

        async Task AskUntilFinishedAsync(int client)
        {
            for (var i = 0; !Volatile.Read(ref finished); i++)
            {
                var id = $"{client}-{i}";
                using var response = await site.Client.GetAsync($"/echo.php?id={id}");
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    Assert.Equal($"{id} 0", await response.Content.ReadAsStringAsync());
                }
                else
                {
                    Assert.Contains(response.StatusCode, new[] { HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout });
                }

                answers.Enqueue(response.StatusCode.ToString());
                signal.Pulse();
            }
        }

        // A client that failed an assertion ends the wait at once.
        Task WaitForAsync(Func<string, bool> condition, int count, string what) => Task.WhenAny(
            [signal.WaitAsync(() => answers.Count(condition) >= count, () => $"{count} {what}"), .. clients]).Unwrap();
    }
}
