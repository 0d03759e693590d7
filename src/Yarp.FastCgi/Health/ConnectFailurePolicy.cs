using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Client;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Health;

/// <summary>
/// Takes a destination out that refuses connections. Nothing but the end of its time brings it back: a request that was at work before the
/// failure, and succeeds behind it, says nothing about new connections.
/// </summary>
internal sealed class ConnectFailurePolicy(IDestinationHealthUpdater updater) : IPassiveHealthCheckPolicy
{
    private static readonly TimeSpan DefaultReactivationPeriod = TimeSpan.FromSeconds(10);

    public string Name => FastCgiHealthPolicies.ConnectFailure;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (IsConnectFailure(context.Features.Get<IForwarderErrorFeature>()?.Exception))
        {
            var period = cluster.Model.Config.HealthCheck?.Passive?.ReactivationPeriod ?? DefaultReactivationPeriod;
            updater.SetPassive(cluster, destination, DestinationHealth.Unhealthy, period);
        }
    }

    private static bool IsConnectFailure(Exception? exception) => exception switch
    {
        FastCgiException failure => failure.Error is FastCgiError.ConnectFailed or FastCgiError.ConnectTimeout,
        HttpRequestException failure => failure.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        _ => false,
    };
}
