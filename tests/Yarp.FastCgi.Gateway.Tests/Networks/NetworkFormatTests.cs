using System.Net;
using Yarp.FastCgi.Gateway.Networks;

namespace Yarp.FastCgi.Gateway.Tests.Networks;

public class NetworkFormatTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", "11.0.0.1")]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", "::1")]
    [InlineData("2001:db8::/32", "2001:db8:1::1", "2001:db9::1")]
    [InlineData("::1", "::1", "127.0.0.1")]
    [InlineData("0.0.0.0/0", "1.2.3.4", "::1")]
    [InlineData("unix", null, "127.0.0.1")]
    [InlineData("0.0.0.0/0", "127.0.0.1", null)]
    public void TryParse_Network_ContainsItsAddressesOnly(string text, string? inside, string? outside)
    {
        Assert.True(NetworkFormat.Instance.TryParse(text, out var network));
        var list = new NetworkList([network]);

        Assert.True(list.Contains(Parse(inside)));
        Assert.False(list.Contains(Parse(outside)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10.1/16")]
    [InlineData("010.0.0.1")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("fe80::1%1")]
    [InlineData("[::1]")]
    [InlineData("localhost")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(NetworkFormat.Instance.TryParse(text, out _));

    private static IPAddress? Parse(string? text) => text is null ? null : IPAddress.Parse(text);
}
