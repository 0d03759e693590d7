using System.Net;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Tests.LoadBalancing;

public class IpHashPolicyTests
{
    private static readonly string[] Ids = ["a", "b", "c", "d", "e"];

    private readonly IpHashPolicy _policy = new();

    [Fact]
    public void Pick_AnyClient_HasItsDestinationWhateverTheOrder()
    {
        using var cluster = TestCluster.Of(Ids);

        Gen.Byte.Array[4].Select(Gen.Shuffle(cluster.All.ToArray())).Sample((bytes, shuffled) =>
        {
            var address = new IPAddress(bytes);
            Assert.Equal(Pick(cluster, address), Pick(cluster, address, shuffled));
        });
    }

    [Fact]
    public void Pick_ADestinationLeaves_OnlyItsClientsMove()
    {
        using var cluster = TestCluster.Of(Ids);

        Gen.Byte.Array[16].Select(Gen.Int[0, Ids.Length - 1]).Sample((bytes, gone) =>
        {
            var address = new IPAddress(bytes);
            var before = Pick(cluster, address);
            var after = Pick(cluster, address, cluster.Without(Ids[gone]));
            Assert.True(before == Ids[gone] ? after != before : after == before);
        });
    }

    [Fact]
    public void Pick_ManyClients_AreSpreadEvenly()
    {
        using var cluster = TestCluster.Of(Ids);

        var counts = Enumerable.Range(0, 10_000).Select(number => Pick(cluster, new IPAddress(0x0A + ((long)number << 8)))).CountBy(id => id).ToArray();

        // Of 10000 clients on 5 destinations 2000 each are expected, with a deviation of 40.
        Assert.Equal(Ids, counts.Select(count => count.Key).Order());
        Assert.All(counts, count => Assert.InRange(count.Value, 1800, 2200));
    }

    [Theory]
    [InlineData("IpHash.IPv4PrefixLength", "24", "192.0.2.1", "192.0.2.255", "192.0.3.1")]
    [InlineData("IpHash.IPv6PrefixLength", "64", "2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1")]
    public void Pick_PrefixLength_ClientsOfOneNetworkStayTogether(string key, string length, string one, string same, string other)
    {
        // With this many destinations two networks share one in a thousand cases.
        using var cluster = new TestCluster(new Dictionary<string, string> { [key] = length }, [.. Enumerable.Range(0, 1000).Select(number => ($"d{number}", (string?)null))]);
        using var exact = TestCluster.Of([.. cluster.All.Select(destination => destination.DestinationId)]);

        Assert.Equal(Pick(cluster, IPAddress.Parse(one)), Pick(cluster, IPAddress.Parse(same)));
        Assert.NotEqual(Pick(cluster, IPAddress.Parse(one)), Pick(cluster, IPAddress.Parse(other)));
        Assert.NotEqual(Pick(exact, IPAddress.Parse(one)), Pick(exact, IPAddress.Parse(same)));
    }

    [Fact]
    public void Pick_IPv4ClientOfADualStackListener_IsThatIPv4Client()
    {
        using var cluster = TestCluster.Of([.. Enumerable.Range(0, 1000).Select(number => $"d{number}")]);

        Assert.Equal(Pick(cluster, IPAddress.Parse("192.0.2.1")), Pick(cluster, IPAddress.Parse("::ffff:192.0.2.1")));
    }

    [Fact]
    public void Pick_ClientWithoutAddress_HasADestination()
    {
        using var cluster = TestCluster.Of(Ids);

        Assert.Contains(Pick(cluster, null), Ids);
        Assert.Equal(Pick(cluster, null), Pick(cluster, null));
        Assert.Equal(TestCluster.None, Pick(cluster, null, []));
    }

    private string Pick(TestCluster cluster, IPAddress? client, IReadOnlyList<DestinationState>? available = null)
        => cluster.Pick(_policy, available, new DefaultHttpContext { Connection = { RemoteIpAddress = client } });
}
