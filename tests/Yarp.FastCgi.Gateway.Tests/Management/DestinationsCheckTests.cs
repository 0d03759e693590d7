using Microsoft.Extensions.Diagnostics.HealthChecks;
using NSubstitute;
using Yarp.FastCgi.Gateway.Management;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
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
        state.GetClusters().Returns(clusters.Select(cluster => Cluster(cluster)));

        var result = await new DestinationsCheck(state).CheckHealthAsync(new HealthCheckContext());

        Assert.Equal(expected, result.Status);
        Assert.Equal(description, result.Description);
    }

    [Fact]
    public async Task CheckHealthAsync_ClusterWithActiveProbes_WaitsForTheFirstResultOnlyAfterTheStart()
    {
        var cluster = Cluster("a:2", new ClusterConfig { ClusterId = "a", HealthCheck = new HealthCheckConfig { Active = new ActiveHealthCheckConfig { Enabled = true } } });
        var state = Substitute.For<IProxyStateLookup>();
        state.GetClusters().Returns([cluster, Cluster("b:1")]);
        var check = new DestinationsCheck(state);

        var before = await check.CheckHealthAsync(new HealthCheckContext());
        cluster.DestinationsState.AllDestinations[1].Health.Active = DestinationHealth.Healthy;
        var after = await check.CheckHealthAsync(new HealthCheckContext());
        cluster.DestinationsState.AllDestinations[1].Health.Active = DestinationHealth.Unknown;
        var later = await check.CheckHealthAsync(new HealthCheckContext());

        Assert.Equal((HealthStatus.Unhealthy, "waiting for the first health probe of cluster a"), (before.Status, before.Description));
        Assert.Equal(HealthStatus.Healthy, after.Status);
        Assert.Equal(HealthStatus.Healthy, later.Status);
    }

    private static ClusterState Cluster(string text, ClusterConfig? config = null)
    {
        var destinations = Enumerable.Range(0, text[2] - '0').Select(i => new DestinationState($"{i}")).ToArray();
        return new ClusterState(text[..1], new ClusterModel(config ?? new ClusterConfig { ClusterId = text[..1] }, new HttpMessageInvoker(new SocketsHttpHandler())))
        {
            DestinationsState = new ClusterDestinationsState(destinations, destinations),
        };
    }
}
