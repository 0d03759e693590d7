using System.Text;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Caching;

/// <summary>Purging by the management listener.</summary>
public class CachePurgeTests
{
    private const string Management = """ "Management": "http://127.0.0.1:0", """;

    [Theory]
    [InlineData("tag=news", "/a")]
    [InlineData("tag=both", "/a /b")]
    [InlineData("tag=site", "/a /b")]
    [InlineData("route=app", "/a /b")]
    [InlineData("host=SITE.test", "/a /b")]
    [InlineData("url=https://site.test/b", "/b")]
    [InlineData("tag=news&url=http://site.test/b", "/a /b")]
    [InlineData("all", "/a /b")]
    [InlineData("tag=other", "")]
    [InlineData("host=other.test", "")]
    public async Task Purge_WhatIsNamed_IsFetchedAnew(string query, string purged)
    {
        await using var application = ScriptedResponder.Start(request => Reply.Text("page").WithHeader("Cache-Control", "max-age=60")
            .WithHeader("Surrogate-Key", request["REQUEST_URI"] == "/a" ? "news both" : "sport both"));
        await using var gateway = await CacheTests.StartAsync(application, """ "Tags": "site" """, Management);
        await gateway.SendAsync("GET /a");
        await gateway.SendAsync("GET /b");

        var (status, text) = await gateway.ManageAsync(HttpMethod.Post, $"/cache/purge?{query}");
        await gateway.SendAsync("GET /a");
        await gateway.SendAsync("GET /b");

        Assert.Equal((200, $"Purged: {query.Replace("&", ", ", StringComparison.Ordinal)}\n"), (status, text));
        Assert.Equal(purged, string.Join(' ', application.Requests.Skip(2).Select(request => request["REQUEST_URI"])));
        await gateway.Logs.WaitForAsync("Cached responses were purged: ");
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("?tag=", 400)]
    [InlineData("?tag=a%20b", 400)]
    [InlineData("?url=/page", 400)]
    [InlineData("?what=ever&all", 400)]
    [InlineData("?all", 403, "Origin", "http://evil.test")]
    [InlineData("?all", 421, "Host", "evil.test")]
    public async Task Purge_WrongRequest_PurgesNothing(string query, int status, string? field = null, string? value = null)
    {
        await using var application = CacheTests.Counting("Cache-Control: max-age=60");
        await using var gateway = await CacheTests.StartAsync(application, "", Management);
        await gateway.SendAsync("GET /page");

        var answer = await gateway.ManageAsync(HttpMethod.Post, $"/cache/purge{query}", field is null ? [] : [(field, value!)]);
        await gateway.SendAsync("GET /page");

        Assert.Equal(status, answer.Status);
        Assert.Single(application.Requests);
    }

    [Fact]
    public async Task Purge_WhileAResponseIsFetched_KeepsItOut()
    {
        using var answer = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async _ =>
        {
            await answer.WaitAsync().WithinAsync("the application to answer");
            return Reply.Text("page").WithHeader("Cache-Control", "max-age=60");
        });
        await using var gateway = await CacheTests.StartAsync(application, "", Management);

        var first = gateway.SendAsync("GET /page");
        await application.WaitForRequestAsync();
        await gateway.ManageAsync(HttpMethod.Post, "/cache/purge?all");
        answer.Release(2);
        await first;
        var (head, body) = await gateway.SendAsync("GET /page");

        Assert.Contains("fwd=uri-miss", head, StringComparison.Ordinal);
        Assert.Equal("page", Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task Purge_WithoutPolicies_IsNotThere()
    {
        await using var application = CacheTests.Counting("X: y");
        await using var gateway = await ResponseGateway.StartAsync(application.Address, """{ "Management": "http://127.0.0.1:0" }""");

        Assert.Equal(404, (await gateway.ManageAsync(HttpMethod.Post, "/cache/purge?all")).Status);
    }
}
