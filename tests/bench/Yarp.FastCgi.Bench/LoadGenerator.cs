using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Bench;

/// <summary>Runs wrk, h2load or clients.c on a core of its own and reads what it prints.</summary>
internal static partial class LoadGenerator
{
    /// <summary>For taskset.</summary>
    public const string Core = "1";

    // So much of a page a slow client reads in a second, and so long at least it is measured: some pages are read to their end.
    private const int SlowBytesPerSecond = 300_000;
    private const int SlowSeconds = 12;

    // The report of the script: what wrk itself prints is rounded, and knows no 99.9 %.
    private const string Script =
        """
        function done(summary, latency, requests)
          local errors = summary.errors
          io.write(string.format("RESULT %d %f %d %f %f %f %d\n", summary.requests, summary.requests / summary.duration * 1e6,
            errors.connect + errors.read + errors.write + errors.status + errors.timeout,
            latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000, summary.bytes))
        end
        """;

    /// <param name="scenario">The load.</param>
    /// <param name="setup">The server.</param>
    /// <param name="seconds">How long.</param>
    public static LoadResult Run(Scenario scenario, Setup setup, int seconds)
    {
        var url = $"{(setup.Certificate is null ? "http" : "https")}://127.0.0.1:{Text(setup.Port)}{scenario.Path}";
        return scenario.Kind switch
        {
            LoadKind.Http2 => RunH2load(scenario, url, seconds),
            LoadKind.Slow => Read(
                Run(Path.Combine(AppContext.BaseDirectory, "clients"), "slow", Text(setup.Port), Text(scenario.Connections), scenario.Path, Text(SlowBytesPerSecond), Text(Math.Max(seconds, SlowSeconds))),
                scenario),
            _ => RunWrk(scenario, setup, url, seconds),
        };
    }

    private static LoadResult RunWrk(Scenario scenario, Setup setup, string url, int seconds)
    {
        var script = Path.Combine(setup.Directory, "load.lua");
        var body = scenario.Upload > 0
            ? string.Create(CultureInfo.InvariantCulture, $"wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/octet-stream\"\nwrk.body = string.rep(\"x\", {scenario.Upload})\n")
            : "";
        var cold = scenario.Kind == LoadKind.Cold ? "wrk.headers[\"Connection\"] = \"close\"\n" : "";
        File.WriteAllText(script, body + cold + Script);
        return Read(Run("wrk", "-t1", "-c" + Text(scenario.Connections), "-d" + Text(seconds), "--timeout", "20", "-s", script, url), scenario);
    }

    private static LoadResult RunH2load(Scenario scenario, string url, int seconds)
    {
        var log = Path.GetTempFileName();
        try
        {
            var output = Run("h2load", "-t1", "-c" + Text(scenario.Connections), "-m4", "-D" + Text(seconds), $"--log-file={log}", url);
            var requests = H2load().Match(output);
            if (!requests.Success)
            {
                throw new InvalidOperationException($"h2load has told no result:\n{output}");
            }

            // A server that does not speak HTTP/2 is spoken to in another way.
            var done = Number(requests, "done");
            var isHttp2 = output.Contains("\nApplication protocol: h2\n", StringComparison.Ordinal);
            var latencies = File.ReadLines(log).Select(line => long.Parse(line.Split('\t')[2], CultureInfo.InvariantCulture) / 1000.0).Order().ToArray();
            return new LoadResult(done, done / (double)seconds, isHttp2 ? Number(requests, "failed") : done, At(0.5), At(0.99), At(0.999));

            double At(double share) => latencies.Length == 0 ? 0 : latencies[Math.Min((int)(share * latencies.Length), latencies.Length - 1)];
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static string Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("taskset", ["-c", Core, program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + error.Result;
    }

    private static LoadResult Read(string output, Scenario scenario)
    {
        var match = Result().Match(output);
        if (!match.Success)
        {
            throw new InvalidOperationException($"The load generator has told no result:\n{output}");
        }

        // The path's number is the length of the body, where it has one.
        var requests = Number(match, "requests");
        var isShort = long.TryParse(scenario.Path[1..], CultureInfo.InvariantCulture, out var length) && Number(match, "bytes") < requests * length;
        return new(requests, Real(match, "rate"), isShort ? requests : Number(match, "errors"), Real(match, "p50"), Real(match, "p99"), Real(match, "p999"))
        {
            FirstError = FirstError().Match(output) is { Success: true } error ? error.Groups[1].Value : null,
        };
    }

    private static long Number(Match match, string name) => long.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static double Real(Match match, string name) => double.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^RESULT (?<requests>\d+) (?<rate>\S+) (?<errors>\d+) (?<p50>\S+) (?<p99>\S+) (?<p999>\S+) (?<bytes>\d+)$", RegexOptions.Multiline)]
    private static partial Regex Result();

    [GeneratedRegex(@"^first error: (.*)$", RegexOptions.Multiline)]
    private static partial Regex FirstError();

    [GeneratedRegex(@"requests: \d+ total, \d+ started, (?<done>\d+) done, \d+ succeeded, (?<failed>\d+) failed")]
    private static partial Regex H2load();
}
