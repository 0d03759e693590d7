using System.Diagnostics;
using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>The attributes that name a destination in metrics. All of them come from the configuration, none from a request.</summary>
internal sealed class MetricTags(FastCgiEndpoint endpoint, string? clusterId)
{
    private readonly KeyValuePair<string, object?> _address = new("server.address", endpoint.IsUnix ? endpoint.UnixPath : endpoint.Host);
    private readonly KeyValuePair<string, object?>? _port = endpoint.IsUnix ? null : new("server.port", endpoint.Port);
    private readonly KeyValuePair<string, object?>? _cluster = clusterId is null ? null : new("fastcgi.cluster.id", clusterId);

    /// <summary>Tells destinations apart, as the attributes do.</summary>
    public (string Address, string? ClusterId) Key => (endpoint.ToString(), clusterId);

    public TagList ToList()
    {
        var tags = new TagList { _address };
        if (_port is { } port)
        {
            tags.Add(port);
        }

        if (_cluster is { } cluster)
        {
            tags.Add(cluster);
        }

        return tags;
    }

    public TagList With(string name, object? value)
    {
        var tags = ToList();
        tags.Add(name, value);
        return tags;
    }
}
