using System.Text.RegularExpressions;
using k8s.Models;
using Yarp.FastCgi.Deploy.Tests.Kubernetes;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Autoscaling;

/// <summary>From the gateway's metrics to what autoscalers ask for: the names at each step are those of the step before, and the numbers are there.</summary>
public sealed partial class AutoscalingTests : IDisposable
{
    private static readonly string Rules = Repository.Path("deploy", "prometheus", "yarp-fastcgi.autoscaling.rules.yml");
    private static readonly string[] Recorded = [.. Record().Matches(File.ReadAllText(Rules)).Select(match => match.Groups[1].Value)];

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresProgramTheory(ExternalProgram.Promtool)]
    [InlineData("check", "yarp-fastcgi.autoscaling.rules.yml")]
    [InlineData("test", "yarp-fastcgi.autoscaling.test.yml")]
    public async Task Promtool_Rules_AreRightAndGiveTheNumbers(string command, string file)
    {
        var run = await ProgramRun.StartAsync(ExternalProgram.Find(ExternalProgram.Promtool)!, [command, "rules", file], directory: Repository.Path("deploy", "prometheus"));

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
    }

    [RequiresProgramFact(ExternalProgram.Prometheus)]
    public async Task Prometheus_ScrapesAGatewayWhoseWorkersAreBusy_RecordsHowBusyAndHowLongRequestsWait()
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 2, StatusListen = true });
        fpm.Files.Write("index.php", "<?php usleep(300000); echo 'ok';");
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "Gateway": {
                "Sites": {
                  "site": {
                    "Preset": "php", "Root": "{{fpm.Files.Root}}", "App": "{{fpm.Address}}",
                    "FastCgi": { "MaxConnections": 2, "StatusPath": "{{fpm.StatusPath}}", "StatusInterval": "00:00:00.5" },
                    "Cluster": { "Destinations": { "app": { "Health": "{{fpm.StatusAddress}}" } } }
                  }
                }
              }
            }
            """);
        using var gateway = await GatewayProcess.StartAsync(_directory.Path, "--config", file, "--listen", "http://127.0.0.1:0", "--management", "http://127.0.0.1:0");
        await using var prometheus = await PrometheusServer.StartAsync(new Uri(gateway.ManagementUrl).Authority, Rules);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        // Six at a time for two workers: two thirds of them wait.
        await Eventually.UntilAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.GetStringAsync(new Uri(gateway.Url + "/"))));
                return await prometheus.CountAsync("pod:fastcgi_busy:ratio > 0.2 <= 1") == 1
                    && await prometheus.CountAsync("pod:fastcgi_queue:seconds > 0.05") == 1
                    && await prometheus.CountAsync("cluster:fastcgi_busy:ratio > 0.2 <= 1") == 1
                    && await prometheus.CountAsync("cluster:fastcgi_queue:seconds > 0.05") == 1;
            },
            "the recorded series of busy workers");

        // A gateway of one pod says the same by both ways.
        Assert.Equal(4, Recorded.Length);
        Assert.Equal(1, await prometheus.CountAsync("count({__name__=~\"fastcgi_fpm_processes\", fastcgi_fpm_process_state=\"active\"})"));
    }

    [Fact]
    public void Adapter_Series_AreThoseOfTheRules()
    {
        var asked = Series().Matches(ReadAdapter()).Select(match => match.Groups[1].Value);

        Assert.Equal(Recorded.Order(), asked.Order());
    }

    [RequiresProgramFact(ExternalProgram.Kubectl)]
    public async Task Scalers_Metrics_AreThoseOfTheAdapterAndOfTheRules()
    {
        var names = Name().Matches(ReadAdapter()).Select(match => match.Groups[1].Value).ToHashSet();
        var metrics = (await Kustomize.BuildAsync(["pod"], "autoscaling")).Single<V2HorizontalPodAutoscaler>().Spec.Metrics
            .Concat((await Kustomize.BuildAsync(["gateway", "php-fpm"], "php-fpm-autoscaling")).Single<V2HorizontalPodAutoscaler>().Spec.Metrics).ToList();
        Assert.Equal(3, metrics.Count);
        Assert.All(metrics, metric => Assert.Contains((metric.Pods?.Metric ?? metric.External.Metric).Name, names));

        var triggers = (await Kustomize.BuildAsync(["pod"], "keda")).Single<ScaledObject>().Spec.Triggers;
        Assert.Equal(2, triggers.Count);
        Assert.All(triggers, trigger => Assert.Contains(Recorded, record => trigger.Metadata["query"].Contains(record + "{", StringComparison.Ordinal)));
    }

    [RequiresProgramFact(ExternalProgram.Promtool)]
    public async Task Keda_Queries_AreRight()
    {
        var queries = (await Kustomize.BuildAsync(["pod"], "keda")).Single<ScaledObject>().Spec.Triggers.Select(trigger => trigger.Metadata["query"]);
        var rules = string.Concat(queries.Select((query, number) => $"\n      - record: query{number}\n        expr: '{query}'"));
        var file = _directory.WriteFile("queries.yml", $"groups:\n  - name: keda\n    rules:{rules}\n");

        _ = (await ProgramRun.StartAsync(ExternalProgram.Find(ExternalProgram.Promtool)!, ["check", "rules", file])).Succeeded();
    }

    private static string ReadAdapter() => File.ReadAllText(Repository.Path("deploy", "prometheus", "prometheus-adapter.values.yml"));

    [GeneratedRegex(@"record: ([\w:]+)")]
    private static partial Regex Record();

    [GeneratedRegex(@"seriesQuery: '([\w:]+)")]
    private static partial Regex Series();

    [GeneratedRegex(@"as: (\w+)")]
    private static partial Regex Name();
}
