using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Transport;

/// <summary>The connection pools of one cluster, one per address. They outlive changes of the configuration that leave the connection settings alone.</summary>
internal sealed class DestinationPools : IDisposable
{
    // A health probe and a look at php-fpm's status, at the same time.
    private const int ProbeConnections = 2;

    private readonly IConnectGates _gates;
    private readonly TimeProvider _timeProvider;
    private readonly string? _clusterId;
    private readonly FastCgiMetrics _metrics;
    private readonly ILogger _logger;
    private readonly DestinationPools? _probes;
    private readonly ConcurrentDictionary<string, ConnectionPool> _pools = new(StringComparer.Ordinal);
    private volatile IReadOnlySet<string>? _addresses;
    private volatile bool _retired;

    public DestinationPools(ConnectionSettings settings, string? clusterId, IConnectGates gates, TimeProvider timeProvider, FastCgiMetrics metrics, ILogger logger)
        : this(settings, clusterId, gates, timeProvider, metrics, logger, new DestinationPools(ForProbes(settings), clusterId, gates, timeProvider, metrics, logger, probes: null))
    {
    }

    private DestinationPools(ConnectionSettings settings, string? clusterId, IConnectGates gates, TimeProvider timeProvider, FastCgiMetrics metrics, ILogger logger, DestinationPools? probes)
    {
        _clusterId = clusterId;
        _metrics = metrics;
        Settings = settings;
        _gates = gates;
        _timeProvider = timeProvider;
        _logger = logger;
        _probes = probes;
    }

    public ConnectionSettings Settings { get; }

    /// <summary>Connections for probes, beside those of requests: a destination that is busy with requests is not taken for a dead one.</summary>
    public DestinationPools Probes => _probes ?? this;

    /// <summary>The pool of an address, made at its first use.</summary>
    /// <exception cref="FormatException">The address is none of FastCGI's.</exception>
    public ConnectionPool Get(string address)
        => _pools.TryGetValue(address, out var pool) ? pool : Add(address);

    /// <summary>Retires the pools of addresses that are not in use any more.</summary>
    public void Keep(IReadOnlySet<string> addresses)
    {
        _probes?.Keep(addresses);

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
        _probes?.Retire();
        _retired = true;
        foreach (var pool in _pools.Values)
        {
            pool.Retire();
        }
    }

    public void Dispose() => Retire();

    private static ConnectionSettings ForProbes(ConnectionSettings settings)
        => settings with { MaxConnections = ProbeConnections, QueueLimit = 0, KeepAlive = false, Multiplexing = false };

    private ConnectionPool Add(string address)
    {
        var endpoint = FastCgiEndpoint.Parse(address);
        var pool = _pools.GetOrAdd(address, (_, endpoint) => ConnectionPool.Create(endpoint, Settings, _timeProvider, OnNotMultiplexing, _gates), endpoint);
        if (_probes is not null)
        {
            // Probes are no work of the application.
            _metrics.Register(pool, _clusterId);
        }

        // A request that began before the retirement, or before the removal of its destination, may come here after it.
        if (_retired || _addresses is { } current && !current.Contains(address))
        {
            pool.Retire();
        }

        return pool;
    }

    private void OnNotMultiplexing(FastCgiEndpoint endpoint, string why) => Log.NotMultiplexing(_logger, endpoint.ToString(), why);
}
