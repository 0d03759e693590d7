using CsCheck;
using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Tests.Engine;

public class CutsTests
{
    [Fact]
    public void Of_AnyInput_FollowsFromItAndCoversIt() =>
        Gen.Byte.Array[1, 3000].Sample(input =>
        {
            var cuts = Cuts.Of(input).ToArray();

            Assert.Equal(cuts, Cuts.Of(input));
            Assert.Contains(cuts, cut => Cuts.End(cut, 0, 0, input.Length) == input.Length);
            Assert.All(cuts, cut =>
            {
                var end = 0;
                for (var piece = 0; end < input.Length; piece++)
                {
                    var start = end;
                    end = Cuts.End(cut, piece, start, input.Length);
                    Assert.InRange(end, start + 1, input.Length);
                }
            });
        }, iter: 500);
}
