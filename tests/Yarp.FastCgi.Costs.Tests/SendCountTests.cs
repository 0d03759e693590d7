using System.Globalization;
using System.Text;
using Yarp.FastCgi.InMemory;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>How often a request and its response are sent: each is a system call on a socket.</summary>
public class SendCountTests
{
    private const int Requests = 100;
    private const int PageLength = 200;
    private const int Kibibyte = 1024;

    [Fact]
    public async Task Get_WithoutBody_IsOneSendToTheApplication()
    {
        await using var canned = await CannedHost.StartAsync(CannedAnswer.Create(PageLength));
        var responseLength = (await canned.Client.ExchangeFirstAsync(BrowserGet.Bytes, PageLength)).Length;

        await canned.Client.RepeatAsync(BrowserGet.Bytes, responseLength, Requests - 1);

        Assert.Equal(Requests, canned.ApplicationSends);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SmallCompleteAnswer_WithOrWithoutLength_IsOneSendToTheClientWithContentLength(bool tellsLength)
    {
        await using var canned = await CannedHost.StartAsync(CannedAnswer.Create(PageLength, tellsLength));

        var first = await canned.Client.ExchangeFirstAsync(BrowserGet.Bytes, PageLength);
        await canned.Client.RepeatAsync(BrowserGet.Bytes, first.Length, Requests - 1);

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\r\nContent-Length: {PageLength}\r\n"), first, StringComparison.Ordinal);
        Assert.Equal(Requests, canned.Client.ServerSends);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(64 * Kibibyte, true)]
    [InlineData(1024 * Kibibyte, true)]
    [InlineData(64 * Kibibyte, false)]
    [InlineData(1024 * Kibibyte, false)]
    [InlineData(10 * 1024 * Kibibyte, false)]
    public async Task Upload_Spooled_IsOneSendForEach64KibibytesBesideTheParams(int length, bool inMemory)
    {
        var options = CannedPool.CreateOptions() with { RequestBufferSize = inMemory ? length : 0 };
        await using var canned = await CannedHost.StartAsync(CannedAnswer.Create(PageLength), options);
        var head = string.Create(CultureInfo.InvariantCulture, $"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");

        var response = await canned.Client.ExchangeFirstAsync(Encoding.ASCII.GetBytes(head + new string('x', length)), PageLength);

        Assert.StartsWith("HTTP/1.1 200 ", response, StringComparison.Ordinal);
        Assert.True(canned.ApplicationSentBytes > length, $"{canned.ApplicationSentBytes} bytes were sent");

        // A record holds 65528 bytes when its padded length is to fit, so that the last of many takes a send of its own.
        Assert.InRange(canned.ApplicationSends, 1, 2 + (length / (64 * Kibibyte)));
        Assert.Equal(1, canned.Client.ServerSends);
    }
}
