using Yarp.FastCgi.Gateway.Tests.Gateway;

namespace Yarp.FastCgi.Gateway.Tests.Forwarding;

public class ForwardedRequestsTests
{
    private const string All =
        """{ "ForwardedHeaders": { "TrustedNetworks": ["127.0.0.1"], "Headers": ["For", "Proto", "Host", "Prefix"] } }""";

    [Fact]
    public async Task Fields_OfATrustedProxy_TellOfTheClient()
    {
        await using var gateway = await FrontGateway.StartAsync(All);

        var response = await GetAsync(gateway, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: public.test:8443\r\nX-Forwarded-Prefix: /shop");

        Assert.Contains("\r\n192.0.2.1:", response, StringComparison.Ordinal);
        Assert.Contains(" public.test:8443 https=on /shop/a", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proto_OfATrustedProxy_MakesThePortThatOfTheScheme()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "ForwardedHeaders": { "TrustedNetworks": "127.0.0.1" } }""");

        Assert.Contains(" site.test:443 https=on /a", await GetAsync(gateway, "X-Forwarded-Proto: https"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_ThatAreNotAmongHeaders_AreNotRead()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "ForwardedHeaders": { "TrustedNetworks": "127.0.0.1" } }""");

        Assert.Contains(" site.test:", await GetAsync(gateway, "X-Forwarded-Host: evil.test\r\nX-Forwarded-Prefix: /evil"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ }")]
    [InlineData("""{ "ForwardedHeaders": { "TrustedNetworks": ["10.0.0.0/8", "unix"], "Headers": ["For", "Proto", "Host", "Prefix"] } }""")]
    public async Task Fields_OfAnybodyElse_ChangeNothing(string settings)
    {
        await using var gateway = await FrontGateway.StartAsync(settings);

        var response = await GetAsync(gateway, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Prefix: /evil");

        Assert.Contains("\r\n127.0.0.1:", response, StringComparison.Ordinal);
        Assert.Contains(" site.test:", response, StringComparison.Ordinal);
        Assert.Contains(" https= /a", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_EntriesBeyondTheLimit_AreTheClientsOwnWords()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "ForwardedHeaders": { "TrustedNetworks": ["127.0.0.1", "192.0.2.0/24"], "Limit": 2 } }""");

        // Who claims to be 203.0.113.9 came from 198.51.100.7, through 192.0.2.1.
        Assert.Contains("\r\n198.51.100.7:", await GetAsync(gateway, "X-Forwarded-For: 203.0.113.9, 198.51.100.7, 192.0.2.1"), StringComparison.Ordinal);
    }

    private static Task<string> GetAsync(FrontGateway gateway, string fields) => gateway.SendAsync($"GET /a HTTP/1.1\r\nHost: site.test\r\n{fields}\r\nConnection: close\r\n\r\n");
}
