using CsCheck;
using Yarp.FastCgi.Gateway.Dashboard;

namespace Yarp.FastCgi.Gateway.Tests.Dashboard;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentile_WhateverWasAdded_IsRightToFivePercent()
        => Gen.Select(Gen.Double[0.0002, 1000].Array[1, 200], Gen.Double[0.01, 1]).Sample((times, share) =>
        {
            var histogram = new LatencyHistogram();
            Array.ForEach(times, histogram.Add);
            var exact = times.Order().ElementAt((int)Math.Ceiling(times.Length * share) - 1);
            return histogram.Percentile(share) is { } found && Math.Abs(found - exact) <= exact * 0.05;
        });

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.MaxValue)]
    public void Add_TimeOutsideOfTheSteps_IsCountedAtTheEnd(double seconds)
    {
        var histogram = new LatencyHistogram();

        histogram.Add(seconds);

        Assert.NotNull(histogram.Percentile(1));
    }

    [Fact]
    public void Percentile_NothingAdded_IsNone() => Assert.Null(new LatencyHistogram().Percentile(0.5));
}
