using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Retries;

/// <summary>Session affinity and retries: a bound request stays, an unbound one is bound to whom it went.</summary>
public class RetryAffinityTests
{
    private const string Affinity = """ "LoadBalancingPolicy": "FirstAlphabetical", "SessionAffinity": { "Enabled": true, "Policy": "HashCookie", "AffinityKeyName": "key" } """;

    [Fact]
    public async Task BoundRequest_ItsDestinationIsDown_GoesToNoOther()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = Affinity });
        using var bound = await AskAsync(proxy, cookie: null);
        await a.StopAsync();

        using var response = await AskAsync(proxy, GetCookie(bound));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Empty(b.Requests);
    }

    [Fact]
    public async Task UnboundRequest_FirstDestinationIsDown_IsBoundToTheOneThatAnswered()
    {
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), b.Address) { Cluster = Affinity });

        using var first = await AskAsync(proxy, cookie: null);
        using var second = await AskAsync(proxy, GetCookie(first));

        Assert.Equal("b", await first.Content.ReadAsStringAsync());
        Assert.Equal("b", await second.Content.ReadAsStringAsync());
        Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "Retry");
    }

    private static async Task<HttpResponseMessage> AskAsync(TestProxy proxy, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        return await proxy.Client.SendAsync(request);
    }

    private static string GetCookie(HttpResponseMessage response) => Assert.Single(response.Headers.GetValues("Set-Cookie")).Split(';')[0];
}
