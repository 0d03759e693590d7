using System.Diagnostics;
using System.Globalization;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Reliability.Fairness;

/// <summary>
/// Three parties share a php-fpm with pm = static: two gateways that keep connections, each with as many as there are workers, and a plain
/// client that opens a connection for each request. First all of them ask as fast as they can; then the gateways fall silent, and the
/// plain client has to get the workers that their idle connections hold; at last a request leaves work behind its response.
/// </summary>
internal static class FairnessRun
{
    private const string Work = "work.php";
    private const string Background = "background.php";
    private const int BackgroundSeconds = 3;

    public static async Task RunAsync(FairnessOptions options, TextWriter output)
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = options.Children });
        var work = fpm.Files.Write(Work, $"<?php usleep({options.WorkMilliseconds * 1000}); echo 'done';");
        fpm.Files.Write(Background, $"<?php echo 'done'; fastcgi_finish_request(); sleep({BackgroundSeconds});");
        using var directory = new TempDirectory();
        var fastCgi = new Dictionary<string, string>(options.FastCgi);
        fastCgi.TryAdd("DocumentRoot", fpm.Files.Root);
        fastCgi.TryAdd("KeepAlive", "true");
        fastCgi.TryAdd("MaxConnections", options.Children.ToString(CultureInfo.InvariantCulture));
        using var one = await GatewayFiles.StartAsync(directory, "one", fpm.Address, fastCgi);
        using var two = await GatewayFiles.StartAsync(directory, "two", fpm.Address, fastCgi);
        using var http = new HttpClient();
        var plain = new Party("plain client", () => PlainFastCgiClient.GetAsync(fpm.EndPoint, work));
        Party[] parties = [Gateway("gateway 1", one, Work), Gateway("gateway 2", two, Work), plain];

        output.WriteLine($"php-fpm: pm = static, {options.Children} workers, {options.WorkMilliseconds} ms for a request; {options.Clients} clients of each party");
        output.WriteLine();
        await UnderLoadAsync(parties, options, output);
        await BehindIdleGatewaysAsync(plain, options, output);
        await BesideBackgroundWorkAsync(Gateway("", one, Background), Gateway("", one, Work), output);

        Party Gateway(string name, GatewayProcess gateway, string script)
            => new(name, async () =>
            {
                var answer = await http.GetStringAsync(new Uri($"{gateway.Url}/{script}"));
                if (answer != "done")
                {
                    throw new InvalidDataException($"{name} answered '{answer}'.");
                }
            });
    }

    private static async Task UnderLoadAsync(Party[] parties, FairnessOptions options, TextWriter output)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(options.Seconds));
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(parties.Select(party => party.LoadAsync(options.Clients, stop.Token)));
        var taken = Stopwatch.GetElapsedTime(start);
        var all = parties.Sum(party => party.Latencies.Count);
        Write(output, $"{"full load",-16}{"answered",10}{"failed",8}{"share",8}{"req/s",9}{"p50",10}{"p99",10}{"longest",10}");
        foreach (var party in parties)
        {
            var latencies = party.Latencies;
            Write(
                output,
                $"{party.Name,-16}{latencies.Count,10}{latencies.Failures,8}{(double)latencies.Count / all,8:P0}{latencies.Count / taken.TotalSeconds,9:N0}{Format(latencies.Percentile(0.5)),10}{Format(latencies.Percentile(0.99)),10}{Format(latencies.Percentile(1)),10}");
        }
    }

    private static async Task BehindIdleGatewaysAsync(Party plain, FairnessOptions options, TextWriter output)
    {
        var behind = new Party(plain.Name, plain.Ask);
        await Task.WhenAll(Enumerable.Range(0, options.Children).Select(_ => behind.Latencies.MeasureAsync(behind.Ask)));
        output.WriteLine();
        Write(output, $"gateways idle: the plain client needs every worker at once; longest wait {Format(behind.Latencies.Percentile(1))}");
    }

    private static async Task BesideBackgroundWorkAsync(Party background, Party work, TextWriter output)
    {
        await background.Ask();
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(BackgroundSeconds))
        {
            await work.Latencies.MeasureAsync(work.Ask);
        }

        output.WriteLine();
        Write(
            output,
            $"a worker at work for {BackgroundSeconds} s behind fastcgi_finish_request, all others free: {work.Latencies.Count} requests, longest wait {Format(work.Latencies.Percentile(1))}");
    }

    private static string Format(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:N0} ms");

    private static void Write(TextWriter output, FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
