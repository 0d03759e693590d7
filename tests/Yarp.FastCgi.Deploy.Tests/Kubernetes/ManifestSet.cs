using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;

namespace Yarp.FastCgi.Deploy.Tests.Kubernetes;

/// <summary>Manifests that are applied together, parsed strictly: a key that Kubernetes does not know, or one that is there twice, is an error.</summary>
internal sealed partial class ManifestSet
{
    private static readonly Dictionary<string, Type> CustomTypes = new()
    {
        ["gateway.networking.k8s.io/v1/HTTPRoute"] = typeof(HttpRoute),
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
    };

    private readonly List<IKubernetesObject<V1ObjectMeta>> _objects;

    private ManifestSet(List<IKubernetesObject<V1ObjectMeta>> objects) => _objects = objects;

    public static ManifestSet Parse(string yaml)
        => new([.. KubernetesYaml.LoadAllFromString(yaml, CustomTypes, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()]);

    public IEnumerable<T> All<T>()
        where T : class, IKubernetesObject<V1ObjectMeta>
        => _objects.OfType<T>();

    public T Single<T>()
        where T : class, IKubernetesObject<V1ObjectMeta>
        => All<T>().Single();

    /// <summary>Every object in a form that says the same for what means the same: keys and named lists in order, without what a tool adds of itself.</summary>
    public SortedDictionary<string, string> Canonical()
    {
        var canonical = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in _objects)
        {
            var text = GeneratedSuffix().Replace(KubernetesJson.Serialize(item), "");
            canonical.Add($"{item.Kind} {GeneratedSuffix().Replace(item.Metadata.Name, "")}", Sorted(JsonNode.Parse(text), "")!.ToJsonString());
        }

        return canonical;
    }

    private static JsonNode? Sorted(JsonNode? node, string key)
    {
        switch (node)
        {
            case JsonObject map:
                var pairs = map.Where(pair => !IsOfTheTool(pair.Key)).Select(pair => (pair.Key, Value: Sorted(pair.Value, pair.Key))).Where(pair => pair.Value is not (null or JsonObject { Count: 0 }));
                return new JsonObject(pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
            case JsonArray list:
                var items = list.Select(item => Sorted(item, ""));
                // Their order says nothing.
                return new JsonArray([.. key is "volumes" or "volumeMounts" ? items.OrderBy(item => item!.ToJsonString(), StringComparer.Ordinal).AsEnumerable() : items]);
            case JsonValue value when key == "gateway.json":
                return Sorted(JsonNode.Parse(value.GetValue<string>()), "")!.ToJsonString();
            case JsonValue value when key == "php-fpm.conf":
                return value.GetValue<string>().TrimEnd();
            default:
                return node?.DeepClone();
        }
    }

    private static bool IsOfTheTool(string key)
        => key is "checksum/config" or "helm.sh/chart" or "app.kubernetes.io/managed-by" or "app.kubernetes.io/version";

    // What kustomize puts behind the name of a ConfigMap: a hash of its contents, in letters that make no words.
    [GeneratedRegex("-[bcdfghkmt2456789]{10}(?=$|\")")]
    private static partial Regex GeneratedSuffix();
}
