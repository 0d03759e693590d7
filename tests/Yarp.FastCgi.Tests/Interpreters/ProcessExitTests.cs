using Yarp.FastCgi.Interpreters;

namespace Yarp.FastCgi.Tests.Interpreters;

public class ProcessExitTests
{
    [Theory]
    [InlineData(0x0000, "ended with exit code 0")]
    [InlineData(0x0300, "ended with exit code 3")]
    [InlineData(0x0009, "was ended by signal 9")]
    [InlineData(0x008B, "was ended by signal 11")]
    public void FromStatus_StatusOfWaitpid_IsPutIntoWords(int status, string expected)
        => Assert.Equal(expected, ProcessExit.FromStatus(status).ToString());
}
