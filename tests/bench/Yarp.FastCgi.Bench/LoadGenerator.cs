using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Bench;

/// <summary>Runs wrk or h2load on a core of its own and reads what it prints.</summary>
internal static partial class LoadGenerator
{
    // The report of the script: what wrk itself prints is rounded, and knows no 99.9 %.
    private const string Script =
        """
        function done(summary, latency, requests)
          local errors = summary.errors
          io.write(string.format("RESULT %d %f %d %f %f %f\n", summary.requests, summary.requests / summary.duration * 1e6,
            errors.connect + errors.read + errors.write + errors.status + errors.timeout,
            latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000))
        end
        """;

    /// <param name="scenario">The load.</param>
    /// <param name="setup">The server.</param>
    /// <param name="seconds">How long.</param>
    public static LoadResult Run(Scenario scenario, Setup setup, int seconds)
    {
        var url = $"{(setup.Certificate is null ? "http" : "https")}://127.0.0.1:{setup.Port.ToString(CultureInfo.InvariantCulture)}{scenario.Path}";
        return scenario.IsHttp2 ? RunH2load(scenario, url, seconds) : RunWrk(scenario, setup, url, seconds);
    }

    private static LoadResult RunWrk(Scenario scenario, Setup setup, string url, int seconds)
    {
        var script = Path.Combine(setup.Directory, "load.lua");
        var body = scenario.Upload > 0
            ? string.Create(CultureInfo.InvariantCulture, $"wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/octet-stream\"\nwrk.body = string.rep(\"x\", {scenario.Upload})\n")
            : "";
        var cold = scenario.IsCold ? "wrk.headers[\"Connection\"] = \"close\"\n" : "";
        File.WriteAllText(script, body + cold + Script);
        var output = Run("wrk", "-t1", $"-c{scenario.Connections.ToString(CultureInfo.InvariantCulture)}", $"-d{seconds.ToString(CultureInfo.InvariantCulture)}", "--timeout", "20", "-s", script, url);
        var match = Wrk().Match(output);
        return match.Success ? Read(match) : throw new InvalidOperationException($"wrk has told no result:\n{output}");
    }

    private static LoadResult RunH2load(Scenario scenario, string url, int seconds)
    {
        var log = Path.GetTempFileName();
        try
        {
            var output = Run("h2load", "-t1", $"-c{scenario.Connections.ToString(CultureInfo.InvariantCulture)}", "-m4", $"-D{seconds.ToString(CultureInfo.InvariantCulture)}", $"--log-file={log}", url);
            var requests = H2load().Match(output);
            var latencies = File.ReadLines(log).Select(line => long.Parse(line.Split('\t')[2], CultureInfo.InvariantCulture) / 1000.0).Order().ToArray();
            return new LoadResult(
                Number(requests, "done"), Number(requests, "done") / (double)seconds, Number(requests, "failed"), At(0.5), At(0.99), At(0.999));

            double At(double share) => latencies.Length == 0 ? 0 : latencies[Math.Min((int)(share * latencies.Length), latencies.Length - 1)];
        }
        finally
        {
            File.Delete(log);
        }
    }

    private static string Run(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("taskset", ["-c", "1", program, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + error.Result;
    }

    private static LoadResult Read(Match match) => new(Number(match, "requests"), Real(match, "rate"), Number(match, "errors"), Real(match, "p50"), Real(match, "p99"), Real(match, "p999"));

    private static long Number(Match match, string name) => long.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);

    private static double Real(Match match, string name) => double.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^RESULT (?<requests>\d+) (?<rate>\S+) (?<errors>\d+) (?<p50>\S+) (?<p99>\S+) (?<p999>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Wrk();

    [GeneratedRegex(@"requests: \d+ total, \d+ started, (?<done>\d+) done, \d+ succeeded, (?<failed>\d+) failed")]
    private static partial Regex H2load();
}
