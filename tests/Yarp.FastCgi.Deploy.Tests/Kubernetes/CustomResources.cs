using k8s;
using k8s.Models;

namespace Yarp.FastCgi.Deploy.Tests.Kubernetes;

/// <summary>An HTTPRoute of gateway.networking.k8s.io/v1, as far as the files here use it: what is not here fails to parse.</summary>
public sealed class HttpRoute : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public HttpRouteSpec Spec { get; set; } = new();
}

public sealed class HttpRouteSpec
{
    public IList<ParentReference> ParentRefs { get; set; } = [];

    public IList<string> Hostnames { get; set; } = [];

    public IList<HttpRouteRule> Rules { get; set; } = [];
}

public sealed class ParentReference
{
    public string? Group { get; set; }

    public string? Kind { get; set; }

    public string? Namespace { get; set; }

    public string? Name { get; set; }

    public string? SectionName { get; set; }

    public int? Port { get; set; }
}

public sealed class HttpRouteRule
{
    public string? Name { get; set; }

    public IList<HttpRouteMatch> Matches { get; set; } = [];

    public IList<HttpRouteFilter> Filters { get; set; } = [];

    public IList<HttpBackendReference> BackendRefs { get; set; } = [];
}

public sealed class HttpRouteMatch
{
    public HttpPathMatch? Path { get; set; }

    public string? Method { get; set; }
}

public sealed class HttpPathMatch
{
    public string? Type { get; set; }

    public string? Value { get; set; }
}

public sealed class HttpRouteFilter
{
    public string? Type { get; set; }

    public HttpHeaderFilter? RequestHeaderModifier { get; set; }

    public HttpHeaderFilter? ResponseHeaderModifier { get; set; }
}

public sealed class HttpHeaderFilter
{
    public IList<HttpHeader> Set { get; set; } = [];

    public IList<HttpHeader> Add { get; set; } = [];

    public IList<string> Remove { get; set; } = [];
}

public sealed class HttpHeader
{
    public string? Name { get; set; }

    public string? Value { get; set; }
}

public sealed class HttpBackendReference
{
    public string? Name { get; set; }

    public int? Port { get; set; }

    public int? Weight { get; set; }
}

/// <summary>A ServiceMonitor of monitoring.coreos.com/v1, as far as the files here use it.</summary>
public sealed class ServiceMonitor : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public ServiceMonitorSpec Spec { get; set; } = new();
}

public sealed class ServiceMonitorSpec
{
    public V1LabelSelector Selector { get; set; } = new();

    public IList<MonitoredEndpoint> Endpoints { get; set; } = [];
}

public sealed class MonitoredEndpoint
{
    public string? Port { get; set; }

    public string? Path { get; set; }

    public string? Interval { get; set; }
}

/// <summary>A ScaledObject of keda.sh/v1alpha1, as far as the files here use it.</summary>
public sealed class ScaledObject : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public V1ObjectMeta Metadata { get; set; } = new();

    public ScaledObjectSpec Spec { get; set; } = new();
}

public sealed class ScaledObjectSpec
{
    public ScaleTarget ScaleTargetRef { get; set; } = new();

    public int? MinReplicaCount { get; set; }

    public int? MaxReplicaCount { get; set; }

    public int? CooldownPeriod { get; set; }

    public IList<ScaleTrigger> Triggers { get; set; } = [];
}

public sealed class ScaleTarget
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public string? Name { get; set; }
}

public sealed class ScaleTrigger
{
    public string? Type { get; set; }

    public string? MetricType { get; set; }

    /// <summary>KEDA's scalers take strings only.</summary>
    public IDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();
}
