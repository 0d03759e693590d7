using System.Globalization;
using System.Text.Json;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Reliability.Balance;

/// <summary>
/// One gateway for each policy in front of the same php-fpm pools, which have unequal numbers of workers. The gateways take turns, so that both meet
/// the machine in the same state; every tenth request takes long, and others keep some workers of the largest pool busy all the time.
/// </summary>
internal static class BalanceRun
{
    private const int LongEvery = 10;

    private static readonly string[] Policies = ["RoundRobin", "FastCgiLeastBusy"];

    public static async Task RunAsync(BalanceOptions options, TextWriter output)
    {
        var pools = new List<PhpFpm>();
        using var directory = new TempDirectory();
        var gateways = new List<GatewayProcess>();
        try
        {
            foreach (var size in options.Sizes)
            {
                pools.Add(await PhpFpm.StartAsync(new PhpFpmOptions { Children = size, StatusListen = true }));
            }

            var script = pools[0].Files.Write("work.php", $"<?php usleep(($_GET['n'] ?? 1) % {LongEvery} ? {options.WorkMilliseconds * 1000} : {options.LongWorkMilliseconds * 1000}); echo 'done';");
            foreach (var policy in Policies)
            {
                var file = directory.WriteFile($"{policy}.json", Configuration(policy, pools, script));
                gateways.Add(await GatewayProcess.StartAsync(directory.Path, new Dictionary<string, string>(), "--config", file, "--listen", "http://127.0.0.1:0"));
            }

            Write(output, $"php-fpm: {string.Join(", ", options.Sizes)} workers, {options.WorkMilliseconds} ms for a request and {options.LongWorkMilliseconds} ms for every tenth; {options.Clients} clients, {options.Others} others at the largest");
            output.WriteLine();
            await MeasureAsync(options, pools, gateways, script, output);
        }
        finally
        {
            gateways.ForEach(gateway => gateway.Dispose());
            foreach (var pool in pools)
            {
                await pool.DisposeAsync();
            }
        }
    }

    private static async Task MeasureAsync(BalanceOptions options, List<PhpFpm> pools, List<GatewayProcess> gateways, string script, TextWriter output)
    {
        var latencies = gateways.Select(_ => new Latencies()).ToArray();
        var largest = pools[options.Sizes.Index().MaxBy(size => size.Item).Index];
        using var http = new HttpClient();
        using var end = new CancellationTokenSource();
        var others = AskAsync(options.Others, () => PlainFastCgiClient.GetAsync(largest.EndPoint, script), end.Token);
        for (var round = 0; round < options.Rounds; round++)
        {
            for (var i = 0; i < gateways.Count; i++)
            {
                var (url, measured, number) = (gateways[i].Url, latencies[i], 0);
                using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(options.Seconds));
                await AskAsync(options.Clients, () => measured.MeasureAsync(() => GetAsync(http, $"{url}/?n={Interlocked.Increment(ref number)}")), stop.Token);
            }
        }

        await end.CancelAsync();
        await others;
        Write(output, $"{"",-18}{"answered",10}{"failed",8}{"p50",10}{"p99",10}{"longest",10}");
        foreach (var (policy, measured) in Policies.Zip(latencies))
        {
            Write(output, $"{policy,-18}{measured.Count,10}{measured.Failures,8}{Format(measured.Percentile(0.5)),10}{Format(measured.Percentile(0.99)),10}{Format(measured.Percentile(1)),10}");
        }

        output.WriteLine();
        Write(output, $"{Policies[1]} to {Policies[0]}: p50 {Ratio(0.5):0.00}, p99 {Ratio(0.99):0.00}, answered {(double)latencies[1].Count / latencies[0].Count:0.00}");

        double Ratio(double share) => latencies[1].Percentile(share) / latencies[0].Percentile(share);
    }

    private static Task AskAsync(int clients, Func<Task> ask, CancellationToken stop)
        => Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                await ask();
            }
        }));

    private static async Task GetAsync(HttpClient http, string url)
    {
        if (await http.GetStringAsync(new Uri(url)) is not "done" and var answer)
        {
            throw new InvalidDataException($"The answer was '{answer}'.");
        }
    }

    private static string Configuration(string policy, List<PhpFpm> pools, string script)
    {
        var destinations = pools.Select((pool, index) => KeyValuePair.Create($"{index + 1}", new { pool.Address, Health = pool.StatusAddress })).ToDictionary();
        return $$"""
            {
              "Gateway": { "DrainDelay": "00:00:00", "DrainTimeout": "00:00:01" },
              "ReverseProxy": {
                "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "{**path}" }, "FastCgi": { "ScriptFile": "{{script}}" } } },
                "Clusters": { "app": {
                  "Transport": "fastcgi",
                  "LoadBalancingPolicy": "{{policy}}",
                  "FastCgi": { "MaxConnections": "auto", "StatusPath": "{{pools[0].StatusPath}}", "StatusInterval": "00:00:00.2" },
                  "Destinations": {{JsonSerializer.Serialize(destinations)}}
                } }
              }
            }
            """;
    }

    private static string Format(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:N0} ms");

    private static void Write(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
