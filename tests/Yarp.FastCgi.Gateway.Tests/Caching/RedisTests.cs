using System.Text;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Caching;

/// <summary>A real Redis keeps the responses of several gateways.</summary>
public class RedisTests
{
    [RequiresProgramFact(ExternalProgram.Redis)]
    public async Task Redis_TwoGateways_ShareResponsesAndPurges()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var application = CacheTests.Counting("Cache-Control: max-age=60|Cache-Tag: news|Vary: Accept-Language|X-Text: \u00e9");
        await using var one = await StartAsync(application, redis);
        await using var other = await StartAsync(application, redis);

        var (first, _) = await one.SendAsync("GET /page");
        var (second, body) = await other.SendAsync("GET /page");
        var (variant, _) = await other.SendAsync("GET /page", "Accept-Language: de");

        Assert.Contains("fwd=uri-miss", first, StringComparison.Ordinal);
        Assert.Contains("; hit;", second, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Text: ", second, StringComparison.Ordinal);
        Assert.Equal("page 1", Encoding.UTF8.GetString(body));
        Assert.Contains("fwd=uri-miss", variant, StringComparison.Ordinal);

        Assert.Equal(200, (await other.ManageAsync(HttpMethod.Post, "/cache/purge?tag=news")).Status);
        await Eventually.UntilAsync(async () => (await one.SendAsync("GET /page")).Head.Contains("fwd=uri-miss", StringComparison.Ordinal), "the other gateway to have forgotten it");
    }

    [RequiresProgramFact(ExternalProgram.Redis)]
    public async Task Redis_ThatStops_IsDoneWithout()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var application = CacheTests.Counting("Cache-Control: max-age=60");
        await using var gateway = await StartAsync(application, redis);
        await gateway.SendAsync("GET /page");
        Assert.Contains("; hit;", (await gateway.SendAsync("GET /page")).Head, StringComparison.Ordinal);

        await redis.StopProcessAsync();
        var (head, body) = await gateway.SendAsync("GET /page");
        await gateway.Logs.WaitForAsync("The store of cached responses fails, requests go on without it (Gateway:Caching:Redis): ");
        var purge = await gateway.ManageAsync(HttpMethod.Post, "/cache/purge?all");

        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
        Assert.Equal("page 2", Encoding.UTF8.GetString(body));
        Assert.Equal(503, purge.Status);

        await redis.StartProcessAsync();
        await Eventually.UntilAsync(async () => (await gateway.SendAsync("GET /page")).Head.Contains("; hit;", StringComparison.Ordinal), "the gateway to use Redis again");
        await gateway.Logs.WaitForAsync("The store of cached responses works again.");
    }

    [RequiresProgramFact(ExternalProgram.Redis)]
    public async Task Redis_ThatIsNotThereAtTheStart_IsDoneWithout()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.StopProcessAsync();
        await using var application = CacheTests.Counting("Cache-Control: max-age=60");
        await using var gateway = await StartAsync(application, redis);

        Assert.StartsWith("HTTP/1.1 200 ", (await gateway.SendAsync("GET /page")).Head, StringComparison.Ordinal);

        await redis.StartProcessAsync();
        await Eventually.UntilAsync(async () => (await gateway.SendAsync("GET /page")).Head.Contains("; hit;", StringComparison.Ordinal), "the gateway to use Redis");
    }

    private static Task<ResponseGateway> StartAsync(ScriptedResponder application, RedisServer redis) => ResponseGateway.StartAsync(
        application.Address,
        $$"""{ "Management": "http://127.0.0.1:0", "Caching": { "Redis": { "Endpoints": "{{redis.Address}}" }, "Policies": { "pages": {} } } }""",
        """ "OutputCachePolicy": "pages", """);
}
