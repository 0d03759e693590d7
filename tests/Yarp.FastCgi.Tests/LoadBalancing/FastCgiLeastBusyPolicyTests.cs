using Yarp.FastCgi.LoadBalancing;

namespace Yarp.FastCgi.Tests.LoadBalancing;

public class FastCgiLeastBusyPolicyTests
{
    private readonly FastCgiLeastBusyPolicy _policy = new();

    [Fact]
    public void Pick_HttpCluster_CountsTheRunningRequests()
    {
        using var cluster = TestCluster.Of("a", "b", "c");
        cluster.All[0].ConcurrentRequestCount = 2;
        cluster.All[1].ConcurrentRequestCount = 1;
        cluster.All[2].ConcurrentRequestCount = 3;

        Assert.All(Enumerable.Range(0, 6), _ => Assert.Equal("b", cluster.Pick(_policy)));
    }

    [Fact]
    public void Pick_AllEqual_TakesTurns()
    {
        using var cluster = TestCluster.Of("a", "b", "c");

        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(_ => cluster.Pick(_policy)).Order());
    }

    [Fact]
    public void Pick_OneOrNone_IsThat()
    {
        using var cluster = TestCluster.Of("a");

        Assert.Equal("a", cluster.Pick(_policy));
        Assert.Equal(TestCluster.None, cluster.Pick(_policy, []));
    }
}
