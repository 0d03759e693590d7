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
internal sealed class DirectClients(FastCgiForwarder forwarder, TimeProvider timeProvider, ILogger<DirectClients> logger) : IDisposable
{
    private readonly ConcurrentBag<ConnectionPool> _pools = [];

    /// <exception cref="ArgumentException">An option is wrong.</exception>
    public RequestDelegate Create(FastCgiEndpoint endpoint, FastCgiClusterOptions options)
    {
        if (PublicAddress.IsAt(endpoint))
        {
            Log.PublicDestination(logger, "MapFastCgi", endpoint.ToString());
        }

        var (settings, connections, retries) = SettingsResolver.Resolve(options);
        var application = new FastCgiApplication(settings, timeProvider);
        var pool = new ConnectionPool(endpoint, connections, timeProvider);
        _pools.Add(pool);
        var target = new ForwardingTarget(pool, connections, new RetryPolicy(retries));
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
