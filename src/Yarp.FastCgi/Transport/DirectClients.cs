using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Retries;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Transport;

/// <summary>Owns the connections of endpoints that forward without a cluster.</summary>
internal sealed class DirectClients(
    FastCgiForwarder forwarder, PhpSettingsReport phpSettings, BodyFileSweep bodyFiles, TimeProvider timeProvider, FastCgiMetrics metrics, ILogger<DirectClients> logger) : IDisposable
{
    private readonly ConcurrentBag<ConnectionPool> _pools = [];

    /// <param name="pattern">The endpoint's pattern, for messages.</param>
    /// <param name="endpoint">Where the application listens.</param>
    /// <param name="options">The application and its connections.</param>
    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public RequestDelegate Create(string pattern, FastCgiEndpoint endpoint, FastCgiClusterOptions options)
    {
        if (PublicAddress.IsAt(endpoint))
        {
            Log.PublicDestination(logger, "MapFastCgi", endpoint.ToString());
        }

        var (settings, connections, retries) = SettingsResolver.Resolve(options);
        var application = new FastCgiApplication(settings, timeProvider);
        var pool = ConnectionPool.Create(endpoint, connections, timeProvider, (address, why) => Log.NotMultiplexing(logger, address.ToString(), why));
        _pools.Add(pool);
        metrics.Register(pool, clusterId: null);
        var target = new ForwardingTarget(pool, connections, new RetryPolicy(retries));
        phpSettings.AddDirect(pattern, endpoint, options);
        bodyFiles.AddDirect(settings);
        return async context => await forwarder
            .ForwardAsync(context, target, application, ForwarderRequestConfig.Empty, transformer: null, CancellationToken.None)
            .ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var pool in _pools)
        {
            pool.Dispose();
        }
    }
}
