using System.Text.Json;
using System.Text.Json.Nodes;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Configuration;

/// <summary>
/// The routes and clusters that are in force, in the form of a configuration file: what was folded into metadata, or written there by code, stands
/// under FastCgi and Transport again.
/// </summary>
internal static class ProxyJson
{
    private const string Metadata = nameof(RouteConfig.Metadata);

    // What the library keeps in metadata for itself.
    private const string InternalPrefix = "Yarp.FastCgi.";

    public static JsonObject Read(IProxyStateLookup state) => new()
    {
        ["Routes"] = new JsonObject(state.GetRoutes().OrderBy(static route => route.Config.RouteId, StringComparer.Ordinal)
            .Select(static route => KeyValuePair.Create(route.Config.RouteId, (JsonNode?)Read(route.Config)))),
        ["Clusters"] = new JsonObject(state.GetClusters().OrderBy(static cluster => cluster.ClusterId, StringComparer.Ordinal)
            .Select(static cluster => KeyValuePair.Create(cluster.ClusterId, (JsonNode?)Read(cluster)))),
    };

    private static JsonObject Read(RouteConfig route)
    {
        var tree = JsonSerializer.SerializeToNode(route, ProxyJsonContext.Default.RouteConfig)!.AsObject();
        tree.Remove(nameof(RouteConfig.RouteId));
        Unfold(tree, route.Metadata);
        return tree;
    }

    private static JsonObject Read(ClusterState cluster)
    {
        var config = cluster.Model.Config;
        var tree = JsonSerializer.SerializeToNode(config, ProxyJsonContext.Default.ClusterConfig)!.AsObject();
        tree.Remove(nameof(ClusterConfig.ClusterId));
        SplitProtocols(tree, config.HttpClient);
        Unfold(tree, config.Metadata);
        if (tree[nameof(ClusterConfig.Destinations)] is JsonObject destinations)
        {
            foreach (var (name, destination) in config.Destinations!)
            {
                Unfold(destinations[name]!.AsObject(), destination.Metadata);
            }
        }

        return tree;
    }

    // YARP reads them as a list.
    private static void SplitProtocols(JsonObject cluster, HttpClientConfig? client)
    {
        if (client?.SslProtocols is { } protocols)
        {
            cluster[nameof(ClusterConfig.HttpClient)]![nameof(HttpClientConfig.SslProtocols)] = new JsonArray([.. protocols.ToString().Split(", ").Select(static name => JsonValue.Create(name))]);
        }
    }

    private static void Unfold(JsonObject tree, IReadOnlyDictionary<string, string>? metadata)
    {
        tree.Remove(Metadata);
        if (metadata is null)
        {
            return;
        }

        var options = new List<KeyValuePair<string, string>>();
        var others = new JsonObject();
        foreach (var (key, value) in metadata.OrderBy(static entry => entry.Key, StringComparer.OrdinalIgnoreCase))
        {
            if (key.StartsWith(FastCgiMetadata.Prefix, StringComparison.OrdinalIgnoreCase))
            {
                options.Add(KeyValuePair.Create(key[FastCgiMetadata.Prefix.Length..], value));
            }
            else if (key.Equals(TransportMark.Key, StringComparison.OrdinalIgnoreCase))
            {
                tree[TransportMark.Key] = value;
            }
            else if (!key.StartsWith(InternalPrefix, StringComparison.Ordinal))
            {
                others[key] = value;
            }
        }

        if (options.Count > 0)
        {
            tree[FastCgiMetadata.SectionKey] = SectionJson.Read(options);
        }

        if (others.Count > 0)
        {
            tree[Metadata] = others;
        }
    }
}
