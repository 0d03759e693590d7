using Yarp.FastCgi.Health;

namespace Yarp.FastCgi.Tests.Health;

public class StatusWatchTests
{
    [Theory]
    [InlineData("00:00:05", 0, "00:00:05")]
    [InlineData("00:00:05", 1, "00:00:10")]
    [InlineData("00:00:05", 3, "00:00:40")]
    [InlineData("00:00:05", 4, "00:01:00")]
    [InlineData("00:00:05", int.MaxValue, "00:01:00")]
    [InlineData("00:05:00", 0, "00:05:00")]
    [InlineData("00:05:00", 9, "00:05:00")]
    [InlineData("24.00:00:00", 9, "24.00:00:00")]
    public void GetPause_AfterFailures_IsTwiceAsLongUpToAMinute(string interval, int failures, string expected)
        => Assert.Equal(TimeSpan.Parse(expected, null), StatusWatch.GetPause(TimeSpan.Parse(interval, null), failures));
}
