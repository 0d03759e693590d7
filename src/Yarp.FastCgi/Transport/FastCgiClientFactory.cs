using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Transport;

/// <summary>
/// Makes the client of each FastCGI cluster and leaves all others to the factory that was registered before. It also sees clusters
/// change: YARP drops an old client without a word, so its pools are retired here.
/// </summary>
internal sealed class FastCgiClientFactory : IForwarderHttpClientFactory, IClusterChangeListener, IDisposable
{
    private readonly IForwarderHttpClientFactory _inner;
    private readonly RequestHeaderEncoding _headerEncoding;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, DestinationPools> _current = new(StringComparer.OrdinalIgnoreCase);

    public FastCgiClientFactory(
        [FromKeyedServices(ServiceDecoration.Inner)] IForwarderHttpClientFactory inner,
        RequestHeaderEncoding headerEncoding,
        TimeProvider timeProvider,
        ILogger<FastCgiClientFactory> logger)
    {
        _inner = inner;
        _headerEncoding = headerEncoding;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>Called for every cluster at every load, before it is known whether the load succeeds; never throws for a valid configuration.</summary>
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context)
    {
        if (TransportMark.IsFastCgi(context.NewMetadata))
        {
            return CreateFastCgiClient(context);
        }

        // The inner factory would take our client for its own.
        return _inner.CreateClient(context.OldClient is not FastCgiMessageInvoker ? context : new ForwarderHttpClientContext
        {
            ClusterId = context.ClusterId,
            NewConfig = context.NewConfig,
            NewMetadata = context.NewMetadata,
            OldConfig = context.OldConfig,
            OldMetadata = context.OldMetadata,
        });
    }

    /// <summary>A client that belongs to no cluster (direct forwarding).</summary>
    public static FastCgiMessageInvoker CreateClient(
        ConnectionSettings connections, ApplicationSettings application, RequestHeaderEncoding headerEncoding, TimeProvider timeProvider, ILogger logger)
        => CreateClient(new DestinationPools(connections, timeProvider), application, headerEncoding, logger);

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

    private FastCgiMessageInvoker CreateFastCgiClient(ForwarderHttpClientContext context)
    {
        var connections = SettingsResolver.ResolveConnections(context.NewMetadata, context.NewConfig);
        var old = context.OldClient as FastCgiMessageInvoker;
        var keepsConnections = old?.Pools.Settings == connections;
        if (keepsConnections && DictionariesEqual(context.OldMetadata, context.NewMetadata))
        {
            return old!;
        }

        var pools = keepsConnections ? old!.Pools : new DestinationPools(connections, _timeProvider);
        return CreateClient(pools, SettingsResolver.ResolveApplication(context.NewMetadata, routeMetadata: null), _headerEncoding, _logger);
    }

    private static FastCgiMessageInvoker CreateClient(DestinationPools pools, ApplicationSettings settings, RequestHeaderEncoding headerEncoding, ILogger logger)
    {
        var application = new FastCgiApplication(settings);
        return new FastCgiMessageInvoker(pools, application, new FastCgiMessageHandler(pools, application, headerEncoding, logger));
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

    private static bool DictionariesEqual(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other)
    {
        if (one?.Count != other?.Count)
        {
            return false;
        }

        foreach (var (key, value) in one ?? new Dictionary<string, string>())
        {
            if (!other!.TryGetValue(key, out var otherValue) || !string.Equals(value, otherValue, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
