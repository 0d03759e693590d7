using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Balancing;

public class SessionAffinityTests
{
    private const string Key = "x-affinity";

    [Theory]
    [InlineData("Cookie")]
    [InlineData("HashCookie")]
    [InlineData("ArrCookie")]
    [InlineData("CustomHeader")]
    public async Task Policy_KeyOfTheFirstResponse_LeadsToTheSameDestination(string policy)
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(Json(policy, a.Address, b.Address));

        var (first, key) = await AskAsync(proxy, policy, key: null);
        Assert.NotNull(key);
        for (var i = 0; i < 5; i++)
        {
            var (answer, newKey) = await AskAsync(proxy, policy, key);
            Assert.Equal(first, answer);
            Assert.Null(newKey);
        }

        // RoundRobin shows that nothing but the key held the requests together.
        Assert.NotEqual((await AskAsync(proxy, policy, key: null)).Answer, (await AskAsync(proxy, policy, key: null)).Answer);
    }

    [Fact]
    public async Task Redistribute_DestinationRemoved_AnotherOneAnswersWithANewKey()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(Json("HashCookie", a.Address));
        var (_, key) = await AskAsync(proxy, "HashCookie", key: null);

        Assert.Null(await proxy.ReloadAsync(Json("HashCookie", b.Address).ToString().Replace("\"a\": {", "\"other\": {", StringComparison.Ordinal)));
        var (answer, newKey) = await AskAsync(proxy, "HashCookie", key);

        Assert.Equal("b", answer);
        Assert.NotNull(newKey);
        Assert.NotEqual(key, newKey);
    }

    [Fact]
    public async Task Return503Error_UnknownDestination_IsRefusedWithoutForwarding()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var proxy = await TestProxy.StartAsync(Json("HashCookie", a.Address) with
        {
            Cluster = Affinity("HashCookie", "Return503Error"),
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", Key + "=of-a-destination-long-gone" } } };

        using var response = await proxy.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Empty(a.Requests);
    }

    [Fact]
    public async Task HashCookie_DestinationDown_FailureCarriesTheKeyAsForHttp()
    {
        var json = Json("HashCookie", await ScriptedResponder.UnusedAddressAsync());
        await using var proxy = await TestProxy.StartAsync(json);

        using var response = await proxy.Client.GetAsync("/");

        // The same cluster over HTTP answers so: response transforms run on failures as well.
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains(response.Headers.GetValues("Set-Cookie"), cookie => cookie.StartsWith(Key + "=", StringComparison.Ordinal));
    }

    private static ProxyJson Json(string policy, params string[] addresses) => new(addresses)
    {
        Cluster = """ "LoadBalancingPolicy": "RoundRobin", """ + Affinity(policy, "Redistribute"),
    };

    private static string Affinity(string policy, string failurePolicy) =>
        $$""" "SessionAffinity": { "Enabled": true, "Policy": "{{policy}}", "FailurePolicy": "{{failurePolicy}}", "AffinityKeyName": "{{Key}}" } """;

    private static async Task<(string Answer, string? Key)> AskAsync(TestProxy proxy, string policy, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (key is not null)
        {
            request.Headers.Add(policy == "CustomHeader" ? Key : "Cookie", key);
        }

        using var response = await proxy.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var values = response.Headers.TryGetValues(policy == "CustomHeader" ? Key : "Set-Cookie", out var found) ? found : [];
        return (await response.Content.ReadAsStringAsync(), values.Select(value => value.Split(';')[0]).SingleOrDefault());
    }
}
