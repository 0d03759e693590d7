using k8s.Models;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Kubernetes;

/// <summary>deploy/kustomize: each base alone and with the components that go with it.</summary>
public sealed class KustomizeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresProgramTheory(ExternalProgram.Kubectl)]
    [InlineData("pod")]
    [InlineData("pod-before-1.29")]
    [InlineData("gateway")]
    [InlineData("php-fpm")]
    [InlineData("gateway,php-fpm")]
    [InlineData("pod", "image-volume")]
    [InlineData("pod", "ingress")]
    [InlineData("pod", "http-route")]
    [InlineData("pod", "autoscaling")]
    [InlineData("pod", "keda")]
    [InlineData("pod", "network-policy")]
    [InlineData("pod", "pod-disruption-budget")]
    [InlineData("pod", "service-monitor")]
    [InlineData("pod-before-1.29", "ingress,http-route,autoscaling,network-policy,pod-disruption-budget,service-monitor")]
    [InlineData("pod", "image-volume,ingress,http-route,keda,network-policy,pod-disruption-budget,service-monitor")]
    [InlineData("gateway,php-fpm", "php-fpm-autoscaling,ingress,http-route,network-policy,pod-disruption-budget,service-monitor")]
    public async Task Build_BaseWithComponents_FitsTogether(string bases, string components = "")
        => ManifestRules.Check(await Kustomize.BuildAsync(bases.Split(','), components.Split(',', StringSplitOptions.RemoveEmptyEntries)));

    [RequiresProgramFact(ExternalProgram.Kubectl)]
    public async Task Pod_PhpFpm_IsANativeSidecarAndTheGatewayTheMainContainer()
    {
        var pod = (await Kustomize.BuildAsync(["pod"])).Single<V1Deployment>().Spec.Template.Spec;

        var gateway = Assert.Single(pod.Containers);
        Assert.Equal(("gateway", 5), (gateway.Name, gateway.Lifecycle.PreStop.Sleep.Seconds));
        var php = Assert.Single(pod.InitContainers, container => container.RestartPolicy == "Always");
        Assert.Equal("php", php.Name);
        Assert.Contains("unix:///run/php/php-fpm.sock", php.StartupProbe.Exec.Command[^1], StringComparison.Ordinal);
        // What copies the files has ended before php-fpm starts.
        Assert.Equal(["files", "php"], pod.InitContainers.Select(container => container.Name));
        Assert.Equal(("/healthz", "/readyz"), (gateway.LivenessProbe.HttpGet.Path, gateway.ReadinessProbe.HttpGet.Path));
        var socket = Assert.Single(pod.Volumes, volume => volume.Name == "socket").EmptyDir;
        Assert.Equal(("Memory", "1Mi"), (socket.Medium, socket.SizeLimit.ToString()));
        Assert.Equal(pod.SecurityContext.FsGroup, gateway.SecurityContext.RunAsGroup);
    }

    [RequiresProgramFact(ExternalProgram.Kubectl)]
    public async Task PodBeforeNativeSidecars_PhpFpm_IsAMainContainerThatEndsLast()
    {
        var pod = (await Kustomize.BuildAsync(["pod-before-1.29"])).Single<V1Deployment>().Spec.Template.Spec;

        Assert.Equal(["gateway", "php"], pod.Containers.Select(container => container.Name));
        Assert.DoesNotContain(pod.InitContainers, container => container.RestartPolicy is not null);
        Assert.DoesNotContain(pod.Containers, container => container.Lifecycle?.PreStop?.Sleep is not null);
    }

    [RequiresProgramTheory(ExternalProgram.Kubectl)]
    [InlineData("pod")]
    [InlineData("gateway")]
    [InlineData("php-fpm")]
    public async Task Build_ConfigurationInside_IsAcceptedByItsPrograms(string name)
    {
        var set = await Kustomize.BuildAsync([name]);

        foreach (var (file, text) in set.All<V1ConfigMap>().SelectMany(map => map.Data))
        {
            if (file == "gateway.json")
            {
                await Validation.GatewayAcceptsAsync(_directory.WriteFile(file, text));
            }
            else
            {
                Assert.Equal("php-fpm.conf", file);
                await Validation.PhpFpmAcceptsAsync(_directory, text);
            }
        }
    }

    [Theory]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { prots: [] }")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: { name: a, name: b }")]
    [InlineData("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: a }\nspec: { parentRef: [] }")]
    [InlineData("apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: a }\nspec: { triggers: [ { kind: prometheus } ] }")]
    [InlineData("apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: { name: a }\nspec: { endpoints: [ { ports: a } ] }")]
    public void Parse_KeyThatKubernetesDoesNotKnow_IsAnError(string yaml) => Assert.ThrowsAny<Exception>(() => ManifestSet.Parse(yaml));
}
