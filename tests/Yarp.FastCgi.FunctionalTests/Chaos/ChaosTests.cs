using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Health;

namespace Yarp.FastCgi.FunctionalTests.Chaos;

/// <summary>
/// Applications that fail in every way at once, under mixed load: each response is right or a clean error, nothing with an effect reaches an
/// application twice, nothing is left behind, and all destinations come back by themselves. 2000 requests, unless
/// FASTCGI_TEST_CHAOS_REQUESTS says otherwise (docs/reliability.md).
/// </summary>
[Collection(nameof(WholeProcess))]
public class ChaosTests(ITestOutputHelper output)
{
    private const int Clients = 16;

    private static readonly int Requests = int.Parse(Environment.GetEnvironmentVariable("FASTCGI_TEST_CHAOS_REQUESTS") ?? "2000", CultureInfo.InvariantCulture);

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task EveryFault_UnderMixedLoad_IsAnsweredCleanlyAndLeavesNothing(bool keepAlive, int seed)
    {
        var peers = new[] { new ChaosPeer(seed), new ChaosPeer(seed + 100), new ChaosPeer(seed + 200) };
        await using var unix = ScriptedResponder.StartForgetful(peers[0].ServeAsync);
        await using var tcp = ScriptedResponder.StartForgetful(peers[1].ServeAsync, ResponderSocket.Tcp);
        await using var moving = ScriptedResponder.StartForgetful(peers[2].ServeAsync);
        await using var full = ScriptedResponder.StartWithoutAccepting(backlog: 1);
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 4, MaxRequests = 20 });
        fpm.Files.Write("index.php", ChaosAnswer.Php.Replace("SCRATCH", fpm.Files.Scratch, StringComparison.Ordinal));
        await using var proxy = await StartAsync(keepAlive, fpm.Files.Root, unix.Address, tcp.Address, moving.Address, full.Address, fpm.Address);
        var load = new ChaosLoad(proxy);
        var random = new Random(seed);

        // Pools and caches grow at first.
        await load.RunAsync(Clients, Requests / 4, "first");
        await WaitUntilIdleAsync(proxy);
        var descriptors = CountDescriptors();
        var memory = GC.GetTotalMemory(forceFullCollection: true);

        const int Rounds = 10;
        for (var round = 0; round < Rounds; round++)
        {
            var running = load.RunAsync(Clients, Requests / Rounds, $"r{round}");
            fpm.KillWorker(random.Next);
            await moving.StopAsync();
            fpm.KillWorker(random.Next);
            moving.Restart();
            await running;
        }

        await WaitUntilIdleAsync(proxy);
        Report(load, peers);
        foreach (var (id, count) in peers.SelectMany(peer => peer.Reached).Concat(ReachedPhp(fpm)).GroupBy(pair => pair.Key, pair => pair.Value).Select(group => (group.Key, group.Sum())))
        {
            // None: a worker of php-fpm was killed between making its file and writing to it.
            Assert.True(count <= 1, $"Request {id} reached applications {count} times.");
        }

        Assert.All(Enum.GetValues<Fault>(), fault => Assert.True(peers.Sum(peer => peer.CountOf(fault)) > 0, $"{fault} did not happen: more requests are needed."));
        Assert.True(load.Outcomes["200"] > load.Outcomes.Values.Sum() / 4, "Most of the applications worked, but few of the requests did.");

        // Calm again: everybody serves, without restart of ours.
        Array.ForEach(peers, peer => peer.CalmDown());
        await Eventually.UntilAsync(
            async () =>
            {
                try
                {
                    using var response = await proxy.Client.GetAsync("/?id=calm&size=1");
                }
                catch (HttpRequestException)
                {
                    // A connection that was kept has its next fault before it.
                }

                return proxy.IsAvailable("a") && proxy.IsAvailable("b") && proxy.IsAvailable("c") && proxy.IsAvailable("e");
            },
            "all destinations to come back");

        await WaitUntilIdleAsync(proxy);
        await Eventually.UntilAsync(() => CountDescriptors() <= descriptors + Clients, $"not much more than {descriptors} descriptors, there are {CountDescriptors()}");
        var growth = GC.GetTotalMemory(forceFullCollection: true) - memory;
        output.WriteLine($"descriptors {descriptors} before, {CountDescriptors()} after; managed memory {growth:+#;-#;0} bytes");

        // The counts of requests that reached an application are the test's own; pools of buffers grow by some megabytes and then no more.
        Assert.InRange(growth, long.MinValue, 8_000_000 + (200L * peers.Sum(peer => peer.Reached.Count)));
    }

    private static Task<TestProxy> StartAsync(bool keepAlive, string root, params string[] addresses) => TestProxy.StartAsync(new TestProxyOptions
    {
        Json = new ProxyJson(addresses)
        {
            FastCgi = $$""" "DocumentRoot": "{{root}}", "ScriptFile": "{{root}}/index.php", "RequestBufferSize": 20000 """,
            ClusterFastCgi = $$"""
                "KeepAlive": {{(keepAlive ? "true" : "false")}}, "MaxConnectionLifetime": "01:00:00", "MaxConnections": 4, "QueueTimeout": "00:00:05", "ConnectTimeout": "00:00:00.3", "ResponseHeadTimeout": "00:00:00.5",
                "Retries": { "On": [ "connect-failure", "stale-connection", "overloaded", "empty-response" ] }
                """,
            Cluster = """
                "LoadBalancingPolicy": "RoundRobin", "HttpRequest": { "ActivityTimeout": "00:00:02" },
                "HealthCheck": { "AvailableDestinationsPolicy": "HealthyOrPanic", "Passive": { "Enabled": true, "Policy": "TransportFailureRate", "ReactivationPeriod": "00:00:00.5" } }
                """,
        }.ToString(),
        Services = services =>
        {
            services.Configure<LoggerFilterOptions>(logging => logging.MinLevel = LogLevel.Error);
            services.Configure<TransportFailureRateHealthPolicyOptions>(policy => policy.DetectionWindowSize = TimeSpan.FromSeconds(0.5));
        },
    });

    // Beside the files of the script lie uploads of workers that were killed.
    private static IEnumerable<KeyValuePair<string, int>> ReachedPhp(PhpFpm fpm)
        => Directory.EnumerateFiles(fpm.Files.Scratch, "*-*").Select(file => KeyValuePair.Create(Path.GetFileName(file), (int)new FileInfo(file).Length));

    private static Task WaitUntilIdleAsync(TestProxy proxy)
        => Eventually.UntilAsync(() => "abcde".All(id => proxy.Destination($"{id}").ConcurrentRequestCount == 0), "the last request to end in the proxy");

    private static int CountDescriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private void Report(ChaosLoad load, ChaosPeer[] peers)
    {
        output.WriteLine("responses: " + string.Join(", ", load.Outcomes.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}")));
        output.WriteLine("faults: " + string.Join(", ", Enum.GetValues<Fault>().Select(fault => $"{fault} {peers.Sum(peer => peer.CountOf(fault))}")));
        output.WriteLine($"requests with an effect that reached a scripted application: {peers.Sum(peer => peer.Reached.Count)}");
    }
}
