using CsCheck;
using Yarp.FastCgi.LoadBalancing;

namespace Yarp.FastCgi.Tests.LoadBalancing;

public class WeightedRoundRobinPolicyTests
{
    private readonly WeightedRoundRobinPolicy _policy = new();

    [Fact]
    public void Pick_Weights_AreMixedEvenly()
    {
        using var cluster = new TestCluster(null, ("a", "5"), ("b", null), ("c", "1"));

        Assert.Equal(["a", "a", "b", "a", "c", "a", "a", "a", "a", "b", "a", "c", "a", "a"], Pick(cluster, 14));
    }

    [Fact]
    public void Pick_OneRoundOfAnyWeights_GivesEachItsShare()
        => Gen.Int[1, 20].Array[1, 6].Sample(weights =>
        {
            using var cluster = new TestCluster(null, [.. weights.Select((weight, index) => ($"d{index}", (string?)$"{weight}"))]);

            var counts = Pick(cluster, weights.Sum()).CountBy(id => id).ToDictionary();

            Assert.Equal(weights, weights.Select((_, index) => counts.GetValueOrDefault($"d{index}")));
        });

    [Fact]
    public void Pick_FromManyThreads_GivesEachItsShare()
    {
        using var cluster = new TestCluster(null, ("a", "3"), ("b", "1"));

        var counts = ParallelEnumerable.Range(0, 4000).Select(_ => cluster.Pick(_policy)).ToArray().CountBy(id => id).ToDictionary();

        Assert.Equal(3000, counts["a"]);
        Assert.Equal(1000, counts["b"]);
    }

    [Fact]
    public void Pick_OneGone_TheOthersKeepTheirShares()
    {
        using var cluster = new TestCluster(null, ("a", "5"), ("b", "2"), ("c", "1"));

        var without = cluster.Without("a");
        var counts = Enumerable.Range(0, 9).Select(_ => cluster.Pick(_policy, without)).CountBy(id => id).ToDictionary();

        Assert.Equal(6, counts["b"]);
        Assert.Equal(3, counts["c"]);
    }

    private string[] Pick(TestCluster cluster, int count) => [.. Enumerable.Range(0, count).Select(_ => cluster.Pick(_policy))];
}
