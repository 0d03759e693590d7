using CsCheck;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class EndRequestBodyTests
{
    [Fact]
    public void TryRead_Body_GivesBothStatuses()
    {
        Assert.True(EndRequestBody.TryRead([0xFE, 0, 0, 1, 2, 9, 9, 9], out var body));

        Assert.Equal(new EndRequestBody(0xFE00_0001, FastCgiProtocolStatus.Overloaded), body);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(7)]
    public void TryRead_TooShort_IsFalse(int length) => Assert.False(EndRequestBody.TryRead(new byte[length], out _));

    [Theory]
    [InlineData(9)]
    [InlineData(65535)]
    public void TryRead_Surplus_IsIgnored(int length)
    {
        var content = new byte[length];
        content[4] = 3;

        Assert.True(EndRequestBody.TryRead(content, out var body));
        Assert.Equal(FastCgiProtocolStatus.UnknownRole, body.ProtocolStatus);
    }

    [Fact]
    public void TryRead_RandomBytes_IsTrueFromEightBytes() =>
        Gen.Byte.Array[0, 20].Sample(bytes => Assert.Equal(bytes.Length >= 8, EndRequestBody.TryRead(bytes, out _)));
}
