using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Tests.Engine;

public class AllocationsTests
{
    [Fact]
    public void CheckAtMost_CodeThatAllocatesMore_Fails()
    {
        Allocations.CheckAtMost(20_100, "Rule", 0, [], static (_, _) => GC.KeepAlive(new byte[20_000]));

        var failure = Assert.Throws<FuzzFailureException>(() => Allocations.CheckAtMost(19_900, "Rule", 0, [], static (_, _) => GC.KeepAlive(new byte[20_000])));

        Assert.Equal("Rule", failure.Rule);
    }

    [Fact]
    public void CheckAtMost_CodeThatAllocatesAtFirst_Passes()
    {
        var cache = new List<byte[]>();

        Allocations.CheckAtMost(0, "Rule", cache, [], static (cache, _) =>
        {
            if (cache.Count == 0)
            {
                cache.Add(new byte[20_000]);
            }
        });
    }
}
