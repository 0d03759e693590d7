using k8s.Models;

namespace Yarp.FastCgi.Deploy.Tests.Kubernetes;

/// <summary>What has to fit together in a set of manifests, and what no schema of Kubernetes asks for.</summary>
internal static class ManifestRules
{
    // Of a last batch of telemetry (docs/gateway.md).
    private const int TelemetrySeconds = 3;

    public static void Check(ManifestSet set)
    {
        var deployments = set.All<V1Deployment>().ToList();
        Assert.NotEmpty(deployments);
        Assert.All(deployments, deployment => Deployment(set, deployment));
        Assert.All(set.All<V1Service>(), service => Service(deployments, service));
        Routes(set);
        Scaling(set, deployments);
        foreach (var policy in set.All<V1NetworkPolicy>())
        {
            var target = Target(deployments, policy.Spec.PodSelector);
            Assert.All(policy.Spec.Ingress.SelectMany(rule => rule.Ports), port => HasPort(target, port.Port.Value));
        }

        Assert.All(set.All<V1PodDisruptionBudget>(), budget => Target(deployments, budget.Spec.Selector));
        foreach (var monitor in set.All<ServiceMonitor>())
        {
            var service = Assert.Single(set.All<V1Service>(), service => Matches(monitor.Spec.Selector.MatchLabels, service.Metadata.Labels));
            Assert.All(monitor.Spec.Endpoints, endpoint => Assert.Contains(service.Spec.Ports, port => port.Name == endpoint.Port));
        }
    }

    private static void Deployment(ManifestSet set, V1Deployment deployment)
    {
        var pod = deployment.Spec.Template.Spec;
        Assert.True(Matches(deployment.Spec.Selector.MatchLabels, deployment.Spec.Template.Metadata.Labels), "The selector does not match the pods.");
        Assert.True(pod.SecurityContext is { RunAsNonRoot: true, FsGroup: > 0, SeccompProfile.Type: "RuntimeDefault" });
        Assert.False(pod.AutomountServiceAccountToken);
        if (pod.ServiceAccountName is { } account and not "default")
        {
            // One that is not created here exists already.
            Assert.All(set.All<V1ServiceAccount>(), created => Assert.Equal(account, created.Metadata.Name));
        }

        var containers = (pod.InitContainers ?? []).Concat(pod.Containers).ToList();
        Assert.Equal(containers.Count, containers.Select(container => container.Name).Distinct().Count());
        Assert.All(containers, container => Container(pod, container));
        Assert.All(pod.Volumes, volume => Assert.Contains(containers.SelectMany(container => container.VolumeMounts), mount => mount.Name == volume.Name));
        Assert.Equal(pod.Volumes.Count, pod.Volumes.Select(volume => volume.Name).Distinct().Count());
        Assert.All(pod.Volumes.Where(volume => volume.ConfigMap is not null), volume => Assert.Contains(set.All<V1ConfigMap>(), map => map.Metadata.Name == volume.ConfigMap.Name));
        End(pod);
    }

    private static void Container(V1PodSpec pod, V1Container container)
    {
        var security = container.SecurityContext;
        Assert.True(security is { AllowPrivilegeEscalation: false, ReadOnlyRootFilesystem: true, RunAsUser: > 0, RunAsGroup: > 0 }, container.Name);
        Assert.Equal(["ALL"], security.Capabilities.Drop);
        Assert.Null(security.Capabilities.Add);
        Assert.True(container.Resources.Requests.ContainsKey("cpu") && container.Resources.Requests.ContainsKey("memory") && container.Resources.Limits.ContainsKey("memory"), container.Name);
        Assert.All(container.VolumeMounts, mount => Assert.Contains(pod.Volumes, volume => volume.Name == mount.Name));
        Assert.Equal(container.VolumeMounts.Count, container.VolumeMounts.Select(mount => mount.MountPath).Distinct().Count());
        foreach (var probe in new[] { container.LivenessProbe, container.ReadinessProbe, container.StartupProbe }.OfType<V1Probe>())
        {
            if ((probe.HttpGet?.Port ?? probe.TcpSocket?.Port) is { } port)
            {
                Assert.Contains(container.Ports, known => known.Name == port.Value);
            }
            else
            {
                Assert.NotEmpty(probe.Exec.Command);
            }
        }
    }

    /// <summary>The gateway ends before php-fpm does, and both before the kubelet loses its patience.</summary>
    private static void End(V1PodSpec pod)
    {
        if (pod.Containers.SingleOrDefault(container => container.Name == "gateway") is not { } gateway)
        {
            return;
        }

        var delay = gateway.Lifecycle?.PreStop?.Sleep?.Seconds ?? 0;
        if (gateway.Env?.SingleOrDefault(variable => variable.Name == "Gateway__DrainDelay") is { Value: { } drainDelay })
        {
            delay += (long)TimeSpan.Parse(drainDelay, System.Globalization.CultureInfo.InvariantCulture).TotalSeconds;
        }

        const int DrainTimeout = 20;
        Assert.True(delay >= 5, "Requests still come when the gateway stops.");
        Assert.True(pod.TerminationGracePeriodSeconds > delay + DrainTimeout + TelemetrySeconds, "The gateway is killed.");
        var php = pod.Containers.SingleOrDefault(container => container.Name == "php");
        if (php is not null)
        {
            var sleep = int.Parse(php.Lifecycle.PreStop.Exec.Command[1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(sleep >= delay + DrainTimeout + TelemetrySeconds, "php-fpm ends before the gateway.");
            Assert.True(pod.TerminationGracePeriodSeconds > sleep + DrainTimeout, "php-fpm is killed.");
        }
    }

    private static void Service(List<V1Deployment> deployments, V1Service service)
    {
        var target = Assert.Single(deployments, deployment => Matches(service.Spec.Selector, deployment.Spec.Template.Metadata.Labels));
        Assert.All(service.Spec.Ports, port => HasPort(target, port.TargetPort.Value));
    }

    private static void Routes(ManifestSet set)
    {
        foreach (var backend in set.All<V1Ingress>().SelectMany(ingress => ingress.Spec.Rules).SelectMany(rule => rule.Http.Paths).Select(path => path.Backend.Service))
        {
            var service = Assert.Single(set.All<V1Service>(), service => service.Metadata.Name == backend.Name);
            Assert.Contains(service.Spec.Ports, port => port.Name == backend.Port.Name);
        }

        foreach (var route in set.All<HttpRoute>())
        {
            Assert.NotEmpty(route.Spec.ParentRefs);
            Assert.All(route.Spec.Rules, rule => Assert.NotEmpty(rule.BackendRefs));
            foreach (var backend in route.Spec.Rules.SelectMany(rule => rule.BackendRefs))
            {
                var service = Assert.Single(set.All<V1Service>(), service => service.Metadata.Name == backend.Name);
                Assert.Contains(service.Spec.Ports, port => port.Port == backend.Port);
            }
        }
    }

    private static void Scaling(ManifestSet set, List<V1Deployment> deployments)
    {
        var targets = set.All<V2HorizontalPodAutoscaler>().Select(scaler => scaler.Spec.ScaleTargetRef.Name).Concat(set.All<ScaledObject>().Select(scaler => scaler.Spec.ScaleTargetRef.Name)).ToList();
        Assert.Equal(targets.Count, targets.Distinct().Count());
        foreach (var target in targets)
        {
            // A number of replicas would be set back by each `kubectl apply`.
            Assert.Null(Assert.Single(deployments, deployment => deployment.Metadata.Name == target).Spec.Replicas);
        }
    }

    private static V1Deployment Target(List<V1Deployment> deployments, V1LabelSelector selector)
        => Assert.Single(deployments, deployment => Matches(selector.MatchLabels, deployment.Spec.Template.Metadata.Labels));

    private static void HasPort(V1Deployment deployment, string name)
        => Assert.Contains(deployment.Spec.Template.Spec.Containers.SelectMany(container => container.Ports ?? []), port => port.Name == name);

    private static bool Matches(IDictionary<string, string> selector, IDictionary<string, string>? labels)
        => selector.Count > 0 && selector.All(pair => labels is not null && labels.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
