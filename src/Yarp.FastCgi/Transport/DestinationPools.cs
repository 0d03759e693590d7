using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Transport;

/// <summary>The connection pools of one cluster, one per address. They outlive changes of the configuration that leave the connection settings alone.</summary>
internal sealed class DestinationPools(ConnectionSettings settings, string? clusterId, TimeProvider timeProvider, FastCgiMetrics metrics, ILogger logger) : IDisposable
{
    private readonly ConcurrentDictionary<string, ConnectionPool> _pools = new(StringComparer.Ordinal);
    private volatile IReadOnlySet<string>? _addresses;
    private volatile bool _retired;

    public ConnectionSettings Settings => settings;

    /// <summary>The pool of an address, made at its first use.</summary>
    /// <exception cref="FormatException">The address is none of FastCGI's.</exception>
    public ConnectionPool Get(string address)
        => _pools.TryGetValue(address, out var pool) ? pool : Add(address);

    /// <summary>Retires the pools of addresses that are not in use any more.</summary>
    public void Keep(IReadOnlySet<string> addresses)
    {
        // Before the pools are looked at: Add either finds its address gone, or its pool is seen here.
        _addresses = addresses;
        foreach (var (address, pool) in _pools)
        {
            // A pool that is retired and has come back is one that Add made for a request behind the removal.
            if ((!addresses.Contains(address) || pool.IsRetired) && _pools.TryRemove(address, out _))
            {
                pool.Retire();
            }
        }
    }

    /// <summary>The cluster is gone, or has pools with other settings: nothing is kept open here any more.</summary>
    public void Retire()
    {
        _retired = true;
        foreach (var pool in _pools.Values)
        {
            pool.Retire();
        }
    }

    public void Dispose() => Retire();

    private ConnectionPool Add(string address)
    {
        var endpoint = FastCgiEndpoint.Parse(address);
        var pool = _pools.GetOrAdd(address, (_, endpoint) => ConnectionPool.Create(endpoint, settings, timeProvider, OnNotMultiplexing), endpoint);
        metrics.Register(pool, clusterId);

        // A request that began before the retirement, or before the removal of its destination, may come here after it.
        if (_retired || _addresses is { } current && !current.Contains(address))
        {
            pool.Retire();
        }

        return pool;
    }

    private void OnNotMultiplexing(FastCgiEndpoint endpoint, string why) => Log.NotMultiplexing(logger, endpoint.ToString(), why);
}
