using System.Text.RegularExpressions;
using Yarp.FastCgi.Gateway.Tests.Gateway;

namespace Yarp.FastCgi.Gateway.Tests.Policies;

/// <summary>Policies of the configuration that a route asks for by name.</summary>
public class RoutePoliciesTests
{
    private const string Forwarding = """ "ForwardedHeaders": { "TrustedNetworks": "127.0.0.1" } """;

    [Theory]
    [InlineData("FixedWindow")]
    [InlineData("SlidingWindow")]
    [InlineData("TokenBucket")]
    public async Task RateLimit_OfEachClient_RefusesWhatIsAboveIt(string kind)
    {
        await using var gateway = await FrontGateway.StartAsync(
            $$"""{ {{Forwarding}}, "RateLimits": { "few": { "Kind": "{{kind}}", "PermitLimit": 2, "Window": "01:00:00" } } }""", """ "RateLimiterPolicy": "few", """);

        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(gateway, "X-Forwarded-For: 192.0.2.1"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(gateway, "X-Forwarded-For: 192.0.2.1"), StringComparison.Ordinal);
        var refused = await GetAsync(gateway, "X-Forwarded-For: 192.0.2.1");
        Assert.StartsWith("HTTP/1.1 429 ", refused, StringComparison.Ordinal);
        Assert.Matches(@"\r\nRetry-After: [1-9]\d*\r\n", refused);
        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(gateway, "X-Forwarded-For: 192.0.2.2"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "PartitionBy": "Everybody" """, "X-Forwarded-For: 192.0.2.2", 429)]
    [InlineData(""" "PartitionByHeader": "X-Key" """, "X-Key: b", 200)]
    [InlineData(""" "PartitionByHeader": "X-Key" """, "X-Key: a", 429)]
    [InlineData(""" "PartitionByHeader": "X-Other" """, "X-Forwarded-For: 192.0.2.1", 429)]
    public async Task RateLimit_Partition_TellsWhoSharesACount(string partition, string second, int status)
    {
        await using var gateway = await FrontGateway.StartAsync(
            $$"""{ {{Forwarding}}, "RateLimits": { "one": { "PermitLimit": 1, "Window": "01:00:00", {{partition}} } } }""", """ "RateLimiterPolicy": "one", """);

        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(gateway, "X-Key: a\r\nX-Forwarded-For: 192.0.2.1"), StringComparison.Ordinal);
        Assert.StartsWith($"HTTP/1.1 {status} ", await GetAsync(gateway, second), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "Allow": ["192.0.2.0/24"] """, "192.0.2.1", 200)]
    [InlineData(""" "Allow": ["192.0.2.0/24"] """, "198.51.100.1", 403)]
    [InlineData(""" "Deny": "192.0.2.1" """, "192.0.2.1", 403)]
    [InlineData(""" "Deny": "192.0.2.1" """, "192.0.2.2", 200)]
    [InlineData(""" "Deny": "192.0.2.1", "Allow": "192.0.2.0/24" """, "192.0.2.1", 403)]
    [InlineData(""" "Allow": ["unix"] """, "192.0.2.1", 403)]
    public async Task Access_ByAddress_IsAllowedOr403(string policy, string client, int status)
    {
        await using var gateway = await FrontGateway.StartAsync($$"""{ {{Forwarding}}, "Access": { "office": { {{policy}} } } }""", """ "AuthorizationPolicy": "office", """);

        Assert.StartsWith($"HTTP/1.1 {status} ", await GetAsync(gateway, $"X-Forwarded-For: {client}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Access_AddressThatTheClientClaims_IsNotLookedAt()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "Access": { "office": { "Allow": "192.0.2.0/24" } } }""", """ "AuthorizationPolicy": "office", """);

        Assert.StartsWith("HTTP/1.1 403 ", await GetAsync(gateway, "X-Forwarded-For: 192.0.2.1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cors_Policy_AnswersItsOriginsOnly()
    {
        await using var gateway = await FrontGateway.StartAsync(
            """{ "Cors": { "web": { "Origins": ["https://app.test", "https://*.app.test"], "Methods": "PUT", "Headers": "X-A", "Credentials": true, "MaxAge": "00:10:00" } } }""",
            """ "CorsPolicy": "web", """);

        var preflight = await gateway.SendAsync(
            "OPTIONS /a HTTP/1.1\r\nHost: x\r\nOrigin: https://sub.app.test\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: x-a\r\nConnection: close\r\n\r\n");
        var foreign = await GetAsync(gateway, "Origin: https://evil.test");

        Assert.StartsWith("HTTP/1.1 204 ", preflight, StringComparison.Ordinal);
        foreach (var field in new[] { "Access-Control-Allow-Origin: https://sub.app.test", "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Methods: PUT", "Access-Control-Allow-Headers: X-A", "Access-Control-Max-Age: 600" })
        {
            Assert.Contains($"\r\n{field}\r\n", preflight, StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain("Access-Control-Allow-Origin", foreign, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TimeoutPolicy_OfTheConfiguration_IsThatOfTheRoute()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "RequestTimeouts": { "long": { "Timeout": "00:05:00" } } }""", """ "TimeoutPolicy": "long", """);

        Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(gateway, "X: y"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_OfHttp_LeavesChallengesAndTrustedProxiesAlone()
    {
        await using var gateway = await FrontGateway.StartAsync($$"""{ {{Forwarding}}, "Https": { "Redirect": true, "HstsMaxAge": 31536000, "HstsIncludeSubDomains": true } }""");

        var redirected = await GetAsync(gateway, "X: y");
        var secure = await GetAsync(gateway, "X-Forwarded-Proto: https");
        var challenge = await gateway.SendAsync("GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 308 ", redirected, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: https://site.test/a\r\n", redirected, StringComparison.Ordinal);
        Assert.DoesNotContain("Strict-Transport-Security", redirected, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", secure, StringComparison.Ordinal);
        Assert.Contains("\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains\r\n", secure, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", challenge, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(secure, "Strict-Transport-Security"));
    }

    private static Task<string> GetAsync(FrontGateway gateway, string fields) => gateway.SendAsync($"GET /a HTTP/1.1\r\nHost: site.test\r\n{fields}\r\nConnection: close\r\n\r\n");
}
