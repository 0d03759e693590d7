using CsCheck;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Targets;

namespace Yarp.FastCgi.Fuzz.Tests.Engine;

public class MutatorTests
{
    private const int MaxLength = 500;

    [Fact]
    public void Mutate_AnyInput_IsNeverTooLongAndLeavesTheInputAlone() =>
        Gen.Select(Gen.Int, Gen.Byte.Array[0, MaxLength], Gen.Byte.Array[0, 100]).Sample((seed, input, other) =>
        {
            var mutator = new Mutator(new Random(seed), WireTokens.Response, MaxLength);
            var before = (byte[])input.Clone();

            for (var i = 0; i < 50; i++)
            {
                Assert.InRange(mutator.Mutate(input, other).Length, 0, MaxLength);
            }

            Assert.Equal(before, input);
        }, iter: 1000);

    [Fact]
    public void Mutate_OneInput_GivesMany()
    {
        var mutator = new Mutator(new Random(1), WireTokens.Head, MaxLength);
        var input = "Status: 200 OK\r\n\r\n"u8.ToArray();

        var mutations = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(mutator.Mutate(input, input))).Distinct().Count();

        Assert.InRange(mutations, 800, 1000);
    }
}
