using System.Text.Json;
using System.Text.RegularExpressions;
using k8s.Models;
using Yarp.FastCgi.Deploy.Tests.Kubernetes;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Chart;

/// <summary>deploy/helm/yarp-fastcgi: what it renders says the same as deploy/kustomize does, and fits together whatever its values are.</summary>
public sealed partial class ChartTests(ChartRenderer chart) : IClassFixture<ChartRenderer>, IDisposable
{
    private static readonly string ChartDirectory = Repository.Path("deploy", "helm", "yarp-fastcgi");

    private readonly TempDirectory _directory = new();

    public static TheoryData<string> Values =>
    [
        "{}",
        "replicaCount: 1",
        "image: { repository: gateway.example/gateway, tag: '1.2', pullPolicy: Always }",
        "imagePullSecrets: [ { name: pull } ]",
        "fullnameOverride: site",
        "nameOverride: site",
        "php: { nativeSidecar: false }",
        "php: { nativeSidecar: true }",
        "php: { enabled: false }",
        "php: { children: 32, extraConfig: \"pm.max_requests = 500\\nrequest_terminate_timeout = 60s\\n\" }",
        "php: { startupProbe: null, extraEnv: [ { name: APP_ENV, value: prod } ], image: { repository: shop, tag: '2', pullPolicy: Always } }",
        "{ php: { volumeMounts: [ { name: uploads, mountPath: /srv/www/uploads } ] }, volumeMounts: [ { name: uploads, mountPath: /srv/www/uploads, readOnly: true } ], volumes: [ { name: uploads, persistentVolumeClaim: { claimName: uploads } } ] }",
        "files: { mode: imageVolume }",
        "files: { mode: none }",
        "{ files: { mode: none }, php: { enabled: false } }",
        "files: { image: { repository: shop-files, tag: '2', pullPolicy: Always }, path: /app/, mountPath: /var/www }",
        "serviceAccount: { create: false }",
        "serviceAccount: { create: true, name: shop, automount: false, annotations: { a: b } }",
        "{ podAnnotations: { a: b }, podLabels: { team: shop } }",
        "service: { type: LoadBalancer, port: 8080, annotations: { a: b } }",
        "ingress: { enabled: true }",
        "ingress: { enabled: true, className: nginx, annotations: { a: b }, hosts: [ { host: a.example, paths: [ { path: / }, { path: /b, pathType: Exact } ] } ], tls: [ { secretName: tls, hosts: [ a.example ] } ] }",
        "httpRoute: { enabled: true }",
        "httpRoute: { enabled: true, annotations: { a: b }, hostnames: [], parentRefs: [ { name: g, namespace: n } ], rules: [ {}, { matches: [ { path: { type: Exact, value: /a } } ], filters: [ { type: RequestHeaderModifier, requestHeaderModifier: { set: [ { name: a, value: b } ] } } ] } ] }",
        "service: { port: 8080 }\nhttpRoute: { enabled: true }",
        "{ livenessProbe: null, readinessProbe: null }",
        "{ lifecycle: { preStop: { sleep: { seconds: 10 } } }, php: { preStopSeconds: 40 } }",
        "terminationGracePeriodSeconds: 90",
        "autoscaling: { enabled: true }",
        "autoscaling: { enabled: true, targetBusyPercentage: null, targetQueueMilliseconds: null, targetCPUUtilizationPercentage: 80, behavior: {} }",
        "autoscaling: { enabled: true, metrics: [ { type: Resource, resource: { name: memory, target: { type: Utilization, averageUtilization: 80 } } } ] }",
        "podDisruptionBudget: { enabled: true }",
        "podDisruptionBudget: { enabled: true, minAvailable: 50% }",
        "networkPolicy: { enabled: true }",
        "networkPolicy: { enabled: true, from: [ { podSelector: { matchLabels: { app: ingress } } } ], managementFrom: [] }",
        "serviceMonitor: { enabled: true, labels: { release: prometheus }, interval: 30s }",
        "extraEnv: [ { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: 'http://collector:4317' } ]",
        "php: { nativeSidecar: false }\nextraEnv: [ { name: A, value: b } ]",
        "{ nodeSelector: { a: b }, tolerations: [ { key: a, operator: Exists } ], affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }, topologySpreadConstraints: [ { maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway } ] }",
        "{ ingress: { enabled: true }, httpRoute: { enabled: true }, autoscaling: { enabled: true }, podDisruptionBudget: { enabled: true }, networkPolicy: { enabled: true }, serviceMonitor: { enabled: true } }",
    ];

    public void Dispose() => _directory.Dispose();

    [RequiresProgramTheory(ExternalProgram.ChartEngine)]
    [MemberData(nameof(Values))]
    public async Task Template_Values_FitsTogether(string values)
    {
        foreach (var (release, kubeVersion) in new[] { ("yarp-fastcgi", "1.36.0"), ("shop", "1.28.3") })
        {
            ManifestRules.Check(ManifestSet.Parse((await chart.RunAsync(values, release, kubeVersion)).Succeeded()));
        }
    }

    [RequiresProgramTheory(ExternalProgram.ChartEngine)]
    [InlineData("{}", "pod")]
    [InlineData("php: { nativeSidecar: false }", "pod-before-1.29")]
    [InlineData("files: { mode: imageVolume }", "pod", "image-volume")]
    [InlineData("ingress: { enabled: true }", "pod", "ingress")]
    [InlineData("httpRoute: { enabled: true }", "pod", "http-route")]
    [InlineData("autoscaling: { enabled: true }", "pod", "autoscaling")]
    [InlineData("networkPolicy: { enabled: true }", "pod", "network-policy")]
    [InlineData("podDisruptionBudget: { enabled: true }", "pod", "pod-disruption-budget")]
    [InlineData("serviceMonitor: { enabled: true }", "pod", "service-monitor")]
    [InlineData("ci/gateway-values.yaml", "gateway")]
    public async Task Template_ValuesOfAKustomization_SayTheSame(string values, string name, params string[] components)
    {
        var text = values.EndsWith(".yaml", StringComparison.Ordinal) ? await File.ReadAllTextAsync(Path.Combine(ChartDirectory, values)) : values;

        var rendered = ManifestSet.Parse((await chart.RunAsync(text)).Succeeded()).Canonical();

        var expected = (await Kustomize.BuildAsync([name], components)).Canonical();
        Assert.Equal(expected.Keys, rendered.Keys);
        Assert.All(expected, pair => Assert.Equal(pair.Value, rendered[pair.Key]));
    }

    [RequiresProgramTheory(ExternalProgram.ChartEngine)]
    [InlineData("1.28.15", false)]
    [InlineData("1.29.4", false)]
    [InlineData("1.30.0", true)]
    [InlineData("1.33.1-eks-123", true)]
    public async Task Template_VersionOfTheCluster_DecidesWhetherPhpFpmIsASidecar(string kubeVersion, bool isSidecar)
    {
        var pod = ManifestSet.Parse((await chart.RunAsync("{}", kubeVersion: kubeVersion)).Succeeded()).Single<V1Deployment>().Spec.Template.Spec;

        Assert.Equal(isSidecar, pod.Containers.Count == 1);
        Assert.Equal(isSidecar ? 40 : 60, pod.TerminationGracePeriodSeconds);
    }

    [RequiresProgramFact(ExternalProgram.ChartEngine)]
    public async Task Template_ChangedConfig_MakesOtherPods()
    {
        var checksums = new HashSet<string>();
        foreach (var values in (string[])["{}", "config: { Gateway: { DrainTimeout: '00:00:10' } }", "php: { children: 9 }"])
        {
            var deployment = ManifestSet.Parse((await chart.RunAsync(values)).Succeeded()).Single<V1Deployment>();
            Assert.True(checksums.Add(deployment.Spec.Template.Metadata.Annotations["checksum/config"]), values);
        }
    }

    [RequiresProgramTheory(ExternalProgram.ChartEngine)]
    [InlineData("{}")]
    [InlineData("php: { extraConfig: 'pm.max_requests = 500' }")]
    [InlineData("config: { Gateway: { Sites: null }, ReverseProxy: { Routes: { a: { ClusterId: a, Match: { Path: '/{**path}' } } }, Clusters: { a: { Transport: fastcgi, FastCgi: { CheckFile: 'off' }, Destinations: { a: { Address: 'unix:/run/php/php-fpm.sock' } } } } } }")]
    public async Task Template_ConfigurationInside_IsAcceptedByItsPrograms(string values)
    {
        var data = ManifestSet.Parse((await chart.RunAsync(values)).Succeeded()).All<V1ConfigMap>().SelectMany(map => map.Data).ToDictionary();

        await Validation.GatewayAcceptsAsync(_directory.WriteFile("gateway.json", data["gateway.json"]));
        await Validation.PhpFpmAcceptsAsync(_directory, data["php-fpm.conf"]);
    }

    [RequiresProgramTheory(ExternalProgram.ChartEngine)]
    [InlineData("replicas: 2", "replicas")]
    [InlineData("replicaCount: two", "replicaCount")]
    [InlineData("php: { enabeld: true }", "enabeld")]
    [InlineData("files: { mode: copy }", "files.mode")]
    [InlineData("service: { port: 0 }", "service.port")]
    [InlineData("config: { Gateway: null }", "config")]
    public async Task Template_ValueThatTheSchemaForbids_IsAnErrorThatNamesIt(string values, string expected)
    {
        var run = await chart.RunAsync(values);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("schema", run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [RequiresProgramFact(ExternalProgram.ChartEngine)]
    public async Task Template_ClusterThatIsTooOld_IsAnError()
    {
        var run = await chart.RunAsync("{}", kubeVersion: "1.24.0");

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("kubeVersion", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_TopLevel_HasTheKeysOfTheValuesAndOfTheReadme()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(ChartDirectory, "values.schema.json")));
        // Helm adds this one for charts inside of charts.
        var known = schema.RootElement.GetProperty("properties").EnumerateObject().Select(property => property.Name).Where(name => name != "global").Order(StringComparer.Ordinal).ToList();

        Assert.Equal(known, Key().Matches(File.ReadAllText(Path.Combine(ChartDirectory, "values.yaml"))).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
        var documented = DocumentedKey().Matches(File.ReadAllText(Path.Combine(ChartDirectory, "README.md"))).SelectMany(row => Name().Matches(row.Value)).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Equal(known, documented.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("^([a-zA-Z]+):", RegexOptions.Multiline)]
    private static partial Regex Key();

    // The first column of the table of values.
    [GeneratedRegex(@"^\| `[^|]*\|", RegexOptions.Multiline)]
    private static partial Regex DocumentedKey();

    [GeneratedRegex("`([a-zA-Z]+)")]
    private static partial Regex Name();
}
