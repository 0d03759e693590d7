using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Policies;

public class OutputCacheTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task OutputCachePolicy_SecondRequest_IsAnsweredFromTheCache(int size)
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["REQUEST_URI"] + new string('x', size)).WithHeader("X-Test", "kept"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { Route = """ "OutputCachePolicy": "day" """ }.ToString(),
            Services = services => services.AddOutputCache(cache => cache.AddPolicy("day", policy => policy.Expire(TimeSpan.FromDays(1)))),
            App = app => app.UseOutputCache(),
        });

        var first = await proxy.Client.GetStringAsync("/page");
        using var second = await proxy.Client.GetAsync("/page");
        var other = await proxy.Client.GetStringAsync("/other");

        Assert.Equal("/page" + new string('x', size), first);
        Assert.Equal(first, await second.Content.ReadAsStringAsync());
        Assert.Equal("kept", Assert.Single(second.Headers.GetValues("X-Test")));
        Assert.StartsWith("/other", other, StringComparison.Ordinal);
        Assert.Equal(2, responder.Requests.Count);
    }
}
