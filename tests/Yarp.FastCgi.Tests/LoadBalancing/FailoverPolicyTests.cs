using Yarp.FastCgi.LoadBalancing;

namespace Yarp.FastCgi.Tests.LoadBalancing;

public class FailoverPolicyTests
{
    private readonly FailoverPolicy _policy = new();

    [Fact]
    public void Pick_AllAvailable_IsTheFirstOfTheConfigurationWhateverTheOrderGiven()
    {
        using var cluster = TestCluster.Of("zulu", "mike", "alfa");

        Assert.Equal("zulu", cluster.Pick(_policy));
        Assert.Equal("zulu", cluster.Pick(_policy, [.. cluster.All.Reverse()]));
    }

    [Fact]
    public void Pick_FirstOneGoneAndBack_IsTheSecondAndAgainTheFirst()
    {
        using var cluster = TestCluster.Of("zulu", "mike", "alfa");

        Assert.Equal("mike", cluster.Pick(_policy, cluster.Without("zulu")));
        Assert.Equal("zulu", cluster.Pick(_policy));
    }

    [Fact]
    public void Pick_NoneAvailable_IsNone()
    {
        using var cluster = TestCluster.Of("zulu");

        Assert.Equal(TestCluster.None, cluster.Pick(_policy, []));
    }
}
