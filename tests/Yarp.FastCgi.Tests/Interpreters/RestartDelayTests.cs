using Yarp.FastCgi.Interpreters;

namespace Yarp.FastCgi.Tests.Interpreters;

public class RestartDelayTests
{
    [Theory]
    [InlineData(0, 5, 0)]
    [InlineData(1, 5, 100)]
    [InlineData(2, 5, 200)]
    [InlineData(4, 5, 800)]
    [InlineData(5, 5, 30_000)]
    [InlineData(6, 5, 30_000)]
    [InlineData(7, 1000, 5_000)]
    [InlineData(999, 1000, 5_000)]
    [InlineData(1, 1, 30_000)]
    public void After_FailuresInARow_DoublesUpToALimitAndIsLongOnceFailed(int failures, int maxFailures, int milliseconds)
        => Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), RestartDelay.After(failures, maxFailures));
}
