using System.Collections.Concurrent;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Transport;

/// <summary>
/// Retires connection pools that the configuration no longer has: YARP drops a cluster's old client without a word. Requests that
/// are under way finish on their old pool.
/// </summary>
internal sealed class FastCgiPoolRetirement : IClusterChangeListener, IDisposable
{
    private readonly ConcurrentDictionary<string, DestinationPools> _current = new(StringComparer.OrdinalIgnoreCase);

    public void OnClusterAdded(ClusterState cluster) => OnClusterChanged(cluster);

    public void OnClusterChanged(ClusterState cluster)
    {
        var pools = (cluster.Model.HttpClient as FastCgiMessageInvoker)?.Pools;
        if (_current.TryGetValue(cluster.ClusterId, out var previous) && !ReferenceEquals(previous, pools))
        {
            _current.TryRemove(cluster.ClusterId, out _);
            previous.Retire();
        }

        if (pools is not null)
        {
            _current[cluster.ClusterId] = pools;
            pools.Keep(GetAddresses(cluster));
        }
    }

    public void OnClusterRemoved(ClusterState cluster)
    {
        if (_current.TryRemove(cluster.ClusterId, out var pools))
        {
            pools.Retire();
        }
    }

    public void Dispose()
    {
        foreach (var pools in _current.Values)
        {
            pools.Dispose();
        }
    }

    private static HashSet<string> GetAddresses(ClusterState cluster)
    {
        var addresses = new HashSet<string>(StringComparer.Ordinal);
        foreach (var destination in cluster.DestinationsState.AllDestinations)
        {
            addresses.Add(destination.Model.Config.Address);
            if (destination.Model.Config.Health is { Length: > 0 } health)
            {
                addresses.Add(health);
            }
        }

        return addresses;
    }
}
