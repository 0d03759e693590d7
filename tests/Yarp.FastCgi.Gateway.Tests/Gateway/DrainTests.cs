using System.Net;
using System.Security.Cryptography;
using System.Text;
using Xunit.Abstractions;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>
/// SIGTERM under load: clients of every kind ask a gateway in front of a real php-fpm without a pause, from before the signal until
/// after the listeners are closed, and not one request fails.
/// </summary>
public sealed class DrainTests(ITestOutputHelper output) : IDisposable
{
    private const int Clients = 8;
    private const int RequestsOfEachPhase = 300;

    // The last request of each client stays in php-fpm until the listeners are closed.
    private const string Script =
        """
        <?php
        $seed = $_SERVER['REQUEST_METHOD'] === 'POST' ? file_get_contents('php://input') : $_GET['n'];
        if (isset($_GET['last'])) {
            touch("SCRATCH/arrived-{$_GET['n']}");
            while (!file_exists('SCRATCH/closed')) {
                usleep(5000);
                clearstatcache();
            }
        }
        $body = str_repeat(hash('sha256', $seed), 250);
        header('Content-Length: ' . strlen($body));
        echo $body;
        """;

    private readonly TempDirectory _directory = new();
    private readonly StateSignal _progress = new();
    private int _asked;
    private int _answered;
    private volatile bool _finishing;

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Sigterm_UnderLoad_NoRequestFails(string keepAlive)
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = Clients });
        fpm.Files.Write("work.php", Script.Replace("SCRATCH", fpm.Files.Scratch, StringComparison.Ordinal));
        var temporary = _directory.CreateDirectory("tmp");
        using var gateway = await StartAsync(fpm, keepAlive, _directory.Path, temporary);
        var urls = gateway.Urls.ToArray();
        var loops = new List<Task>();
        for (var i = 0; i < Clients; i += 4)
        {
            loops.Add(AskOverRawConnectionsAsync(new IPEndPoint(IPAddress.Loopback, new Uri(urls[0]).Port)));
            loops.Add(AskAsync(Client(urls[0], HttpVersion.Version11), newConnections: false, streams: 1));
            loops.Add(AskAsync(Client(urls[0], HttpVersion.Version11), newConnections: true, streams: 1));
            loops.Add(AskAsync(Client(urls[1], HttpVersion.Version20), newConnections: false, streams: 4));
        }

        // A failure of any client ends the test at once.
        var load = Task.WhenAll(loops);
        await WithLoadAsync(WaitForAnswersAsync(RequestsOfEachPhase));
        Assert.Equal(HttpStatusCode.OK, await gateway.ReadinessAsync());

        await gateway.SignalAsync();
        await WithLoadAsync(gateway.WaitForNotReadyAsync());
        await WithLoadAsync(WaitForAnswersAsync(RequestsOfEachPhase));

        _finishing = true;
        await WithLoadAsync(Eventually.UntilAsync(
            () => Directory.GetFiles(fpm.Files.Scratch, "arrived-*").Length == Clients, "the last request of each client to reach php-fpm"));
        await gateway.SignalAsync();
        await WithLoadAsync(gateway.WaitForClosedListenersAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await gateway.ReadinessAsync());

        await File.WriteAllTextAsync(Path.Combine(fpm.Files.Scratch, "closed"), "");
        await load.WithinAsync("the last requests to be answered");
        output.WriteLine($"KeepAlive {keepAlive}: {_asked} requests from before SIGTERM until behind the end of the listeners, {_answered} answered");
        Assert.Equal(_asked, _answered);
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Empty(await gateway.ReadLogAsync());
        Assert.Empty(Directory.GetFileSystemEntries(temporary));

        async Task WithLoadAsync(Task task)
        {
            if (await Task.WhenAny(load, task) == load)
            {
                await load;
            }

            await task;
        }
    }

    public void Dispose() => _directory.Dispose();

    private static HttpClient Client(string url, Version version) => new(new SocketsHttpHandler())
    {
        BaseAddress = new Uri(url),
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TestTimeout.Default,
    };

    private static string PathOf(int number, bool last) => $"/work.php?n={number}{(last ? "&last" : "")}";

    private static string Expected(string seed)
        => string.Concat(Enumerable.Repeat(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(seed))), 250));

    private static Task<GatewayProcess> StartAsync(PhpFpm fpm, string keepAlive, string currentDirectory, string temporary)
    {
        File.WriteAllText(
            Path.Combine(currentDirectory, "appsettings.json"),
            $$"""
            {
              "Gateway": { "DrainDelay": "01:00:00" },
              "ReverseProxy": {
                "Routes": {
                  "site": {
                    "ClusterId": "php",
                    "Match": { "Path": "{**path}" },
                    "FastCgi": { "DocumentRoot": "{{fpm.Files.Root}}", "RequestBufferSize": 4096 }
                  }
                },
                "Clusters": {
                  "php": {
                    "Transport": "fastcgi",
                    "FastCgi": { "MaxConnections": {{Clients}}, "KeepAlive": {{keepAlive}}, "MaxConnectionLifetime": "01:00:00" },
                    "Destinations": { "fpm": { "Address": "{{fpm.Address}}" } }
                  }
                }
              }
            }
            """);
        return GatewayProcess.StartAsync(
            currentDirectory,
            new Dictionary<string, string> { ["TMPDIR"] = temporary },
            "--listen",
            "http://127.0.0.1:0",
            "--listen",
            "h2c://127.0.0.1:0",
            "--management",
            "http://127.0.0.1:0");
    }

    private async Task WaitForAnswersAsync(int count)
    {
        var goal = Volatile.Read(ref _answered) + count;
        await _progress.WaitAsync(() => Volatile.Read(ref _answered) >= goal, () => $"{goal} answers, {_answered} came");
    }

    /// <summary>A client that repairs nothing: it sends each request once, over a connection that it keeps until it is told not to.</summary>
    private async Task AskOverRawConnectionsAsync(IPEndPoint endPoint)
    {
        RawHttpConnection? connection = null;
        try
        {
            bool last;
            do
            {
                last = _finishing;
                var number = Interlocked.Increment(ref _asked);
                connection ??= await RawHttpConnection.ConnectAsync(endPoint);
                await connection.SendAsync($"GET {PathOf(number, last)} HTTP/1.1\r\nHost: localhost\r\n\r\n");
                var head = await connection.ReadHeadAsync();
                Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
                var expected = Expected($"{number}");
                Assert.Contains($"\r\nContent-Length: {expected.Length}\r\n", head, StringComparison.Ordinal);
                Assert.Equal(expected, Encoding.ASCII.GetString(await connection.ReadExactlyAsync(expected.Length)));
                OnAnswer();
                if (head.Contains("\r\nConnection: close\r\n", StringComparison.Ordinal))
                {
                    connection.Dispose();
                    connection = null;
                }
            }
            while (!last);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    private async Task AskAsync(HttpClient client, bool newConnections, int streams)
    {
        using (client)
        {
            await Task.WhenAll(Enumerable.Range(0, streams).Select(async _ =>
            {
                while (!_finishing)
                {
                    await AskOnceAsync(client, newConnections, last: false);
                }
            }));
            await AskOnceAsync(client, newConnections, last: true);
        }
    }

    private async Task AskOnceAsync(HttpClient client, bool newConnections, bool last)
    {
        var number = Interlocked.Increment(ref _asked);
        var post = number % 3 == 0;
        var seed = post ? string.Concat(Enumerable.Repeat($"{number} ", 3000)) : $"{number}";
        using var request = new HttpRequestMessage(post ? HttpMethod.Post : HttpMethod.Get, PathOf(number, last))
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
            Content = post ? new StringContent(seed) : null,
        };
        request.Headers.ConnectionClose = newConnections ? true : null;
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Expected(seed), await response.Content.ReadAsStringAsync());
        OnAnswer();
    }

    private void OnAnswer()
    {
        Interlocked.Increment(ref _answered);
        _progress.Pulse();
    }
}
