using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry;

/// <summary>The alerts of deploy/prometheus and the dashboard of deploy/grafana, against a real Prometheus that scrapes a real gateway.</summary>
public sealed partial class PrometheusTests : IDisposable
{
    private static readonly string Rules = Path.Combine(AppContext.BaseDirectory, "yarp-fastcgi.rules.yml");

    private readonly TempDirectory _directory = new();

    [RequiresProgramTheory(ExternalProgram.Promtool)]
    [InlineData("check", "yarp-fastcgi.rules.yml")]
    [InlineData("test", "yarp-fastcgi.test.yml")]
    public async Task Promtool_Rules_AreRightAndFireWhenTheyShould(string command, string file)
    {
        var start = new ProcessStartInfo(ExternalProgram.Find(ExternalProgram.Promtool)!, [command, "rules", file])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var promtool = Process.Start(start)!;
        var output = promtool.StandardOutput.ReadToEndAsync();
        var error = promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync().WithinAsync("promtool to end");

        Assert.True(promtool.ExitCode == 0, await output + await error);
    }

    [RequiresProgramFact(ExternalProgram.Prometheus)]
    public async Task Prometheus_ScrapesTheGateway_EvaluatesAlertsAndDashboard()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Text("hello"));
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "up": { "ClusterId": "up", "Match": { "Path": "/up/{**path}" } },
                  "down": { "ClusterId": "down", "Match": { "Path": "/down/{**path}" } }
                },
                "Clusters": {
                  "up": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "Off" }, "Destinations": { "a": { "Address": "{{application.Address}}" } } },
                  "down": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "Off" }, "Destinations": { "a": { "Address": "{{await ScriptedResponder.UnusedAddressAsync()}}" } } }
                }
              }
            }
            """);
        using var gateway = await GatewayProcess.StartAsync(_directory.Path, "--config", file, "--listen", "http://127.0.0.1:0", "--management", "http://127.0.0.1:0");
        await using var prometheus = await PrometheusServer.StartAsync(new Uri(gateway.ManagementUrl).Authority, Rules);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        // A rate needs a series that goes up between scrapes.
        await Eventually.UntilAsync(
            async () =>
            {
                using var up = await client.GetAsync(new Uri(gateway.Url + "/up/page"));
                using var down = await client.GetAsync(new Uri(gateway.Url + "/down/page"));
                return (await prometheus.GetAlertsAsync()).Any(alert => alert.Name == "FastCgiUnreachable" && alert.State != "inactive");
            },
            "the alert that an application is not reachable");

        var alerts = await prometheus.GetAlertsAsync();
        Assert.All(alerts, alert => Assert.Equal((alert.Name, "ok"), (alert.Name, alert.Health)));
        Assert.Equal("inactive", alerts.Single(alert => alert.Name == "FastCgiPoolNearlyFull").State);
        foreach (var expression in DashboardExpressions())
        {
            // Nothing has waited, written to stderr or been sent again, and no php-fpm or interpreter is there: these have no series.
            var count = await prometheus.CountAsync(expression);
            Assert.True(count > 0 || IdleMetric().IsMatch(expression), expression);
        }
    }

    [Fact]
    public void Metrics_OfAlertsAndDashboard_AreDocumented()
    {
        var documented = Regex.Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "observability.md")), @"^\| `(fastcgi\.[a-z_.]+)` \| (\w+) \| `([^`]+)` \|", RegexOptions.Multiline)
            .Select(match => PrometheusName(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value))
            .ToHashSet(StringComparer.Ordinal);

        var used = MetricName().Matches(File.ReadAllText(Rules) + string.Join('\n', DashboardExpressions())).Select(match => HistogramSuffix().Replace(match.Value, ""));

        Assert.NotEmpty(documented);
        Assert.All(used.Distinct(), name => Assert.Contains(name, documented));
    }

    public void Dispose() => _directory.Dispose();

    private static IEnumerable<string> DashboardExpressions()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "yarp-fastcgi.json")));
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!
                    .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
                    .Replace("$instance", ".*", StringComparison.Ordinal)
                    .Replace("$cluster", ".*", StringComparison.Ordinal)),
        ];
    }

    /// <summary>How the exporter turns a name of OpenTelemetry into one of Prometheus.</summary>
    private static string PrometheusName(string name, string type, string unit)
    {
        var suffix = unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" } + (type == "counter" ? "_total" : "");
        return name.Replace('.', '_') + suffix;
    }

    // Label names begin with these, too.
    [GeneratedRegex(@"\bfastcgi_(?!address|cluster_id|connection_state|fpm_process_state|retry_cause|role|destination_id|route_id)[a-z_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex HistogramSuffix();

    [GeneratedRegex("fastcgi_(client_(queue_duration|retries|stderr)|fpm|interpreter)_?")]
    private static partial Regex IdleMetric();
}
