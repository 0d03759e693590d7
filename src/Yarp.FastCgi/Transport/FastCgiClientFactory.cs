using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Retries;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Transport;

/// <summary>Makes the client of each FastCGI cluster and leaves all others to the factory that was registered before.</summary>
internal sealed class FastCgiClientFactory : IForwarderHttpClientFactory
{
    private readonly IForwarderHttpClientFactory _inner;
    private readonly RequestHeaderEncoding _headerEncoding;
    private readonly IConnectGates _gates;
    private readonly TimeProvider _timeProvider;
    private readonly FastCgiMetrics _metrics;
    private readonly FastCgiExchanges _exchanges;
    private readonly ILogger _logger;

    public FastCgiClientFactory(
        [FromKeyedServices(ServiceDecoration.Inner)] IForwarderHttpClientFactory inner,
        RequestHeaderEncoding headerEncoding,
        IConnectGates gates,
        TimeProvider timeProvider,
        FastCgiMetrics metrics,
        FastCgiExchanges exchanges,
        ILogger<FastCgiClientFactory> logger)
    {
        _inner = inner;
        _headerEncoding = headerEncoding;
        _gates = gates;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _exchanges = exchanges;
        _logger = logger;
    }

    /// <summary>
    /// Called for every cluster at every load. YARP has no way back from an exception here, so everything that can be wrong with
    /// the configuration was found by the validators before.
    /// </summary>
    public HttpMessageInvoker CreateClient(ForwarderHttpClientContext context)
    {
        if (TransportMark.IsFastCgi(context.NewMetadata))
        {
            return CreateFastCgiClient(context);
        }

        // The inner factory would take our client for its own and go on using it.
        return _inner.CreateClient(context.OldClient is not FastCgiMessageInvoker ? context : new ForwarderHttpClientContext
        {
            ClusterId = context.ClusterId,
            NewConfig = context.NewConfig,
            NewMetadata = context.NewMetadata,
            OldConfig = context.OldConfig,
            OldMetadata = context.OldMetadata,
        });
    }

    private FastCgiMessageInvoker CreateFastCgiClient(ForwarderHttpClientContext context)
    {
        var connections = SettingsResolver.ResolveConnections(context.NewMetadata, context.NewConfig);
        var old = context.OldClient as FastCgiMessageInvoker;
        var keepsConnections = old?.Pools.Settings == connections;
        if (keepsConnections && SameMetadata(context.OldMetadata, context.NewMetadata))
        {
            return old!;
        }

        var pools = keepsConnections ? old!.Pools : new DestinationPools(connections, context.ClusterId, _gates, _timeProvider, _metrics, _logger);
        var application = new FastCgiApplication(SettingsResolver.ResolveApplication(context.NewMetadata, routeMetadata: null), _timeProvider);
        var retries = new RetryPolicy(SettingsResolver.ResolveRetries(context.NewMetadata));
        return new FastCgiMessageInvoker(pools, retries, application, new FastCgiMessageHandler(pools, application, _headerEncoding, _exchanges));
    }

    private static bool SameMetadata(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other)
        => one is not null
            && one.Count == other?.Count
            && one.All(pair => other.TryGetValue(pair.Key, out var value) && string.Equals(pair.Value, value, StringComparison.Ordinal));
}
