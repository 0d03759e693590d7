using Microsoft.Extensions.Diagnostics.HealthChecks;
using NSubstitute;
using Yarp.FastCgi.Gateway.Management;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Tests.Management;

public class DestinationsCheckTests
{
    [Theory]
    [InlineData(HealthStatus.Healthy, null)]
    [InlineData(HealthStatus.Healthy, null, "a:2")]
    [InlineData(HealthStatus.Healthy, null, "a:1", "b:1")]
    [InlineData(HealthStatus.Degraded, "no available destination in cluster a, c", "c:0", "b:1", "a:0")]
    [InlineData(HealthStatus.Unhealthy, "no available destination in cluster a", "a:0")]
    [InlineData(HealthStatus.Unhealthy, "no available destination in cluster a, b", "a:0", "b:0")]
    public async Task CheckHealthAsync_AvailableDestinations_DecideTheStatus(HealthStatus expected, string? description, params string[] clusters)
    {
        var state = Substitute.For<IProxyStateLookup>();
        state.GetClusters().Returns(clusters.Select(Cluster));

        var result = await new DestinationsCheck(state).CheckHealthAsync(new HealthCheckContext());

        Assert.Equal(expected, result.Status);
        Assert.Equal(description, result.Description);
    }

    private static ClusterState Cluster(string text)
    {
        var destinations = Enumerable.Range(0, text[2] - '0').Select(i => new DestinationState($"{i}")).ToArray();
        return new ClusterState(text[..1]) { DestinationsState = new ClusterDestinationsState(destinations, destinations) };
    }
}
