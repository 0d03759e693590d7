using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// Keeps health checks from calling a destination healthy whose interpreter does not run: a policy that counts failures has too few of
/// them, since requests for such a destination go elsewhere.
/// </summary>
internal sealed class InterpreterHealthUpdater : IDestinationHealthUpdater
{
    private readonly IDestinationHealthUpdater _inner;
    private readonly InterpreterRegistry _interpreters;

    public InterpreterHealthUpdater([FromKeyedServices(ServiceDecoration.Inner)] IDestinationHealthUpdater inner, InterpreterRegistry interpreters)
    {
        _inner = inner;
        _interpreters = interpreters;
    }

    public void SetActive(ClusterState cluster, IEnumerable<NewActiveDestinationHealth> newHealthStates) => _inner.SetActive(cluster, newHealthStates);

    public void SetPassive(ClusterState cluster, DestinationState destination, DestinationHealth newHealth, TimeSpan reactivationPeriod)
    {
        if (_interpreters.HasFailed(destination))
        {
            (newHealth, reactivationPeriod) = (DestinationHealth.Unhealthy, RestartDelay.WhenFailed);
        }

        _inner.SetPassive(cluster, destination, newHealth, reactivationPeriod);
    }
}
