using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Balancing;

public class LoadBalancingTests
{
    [Fact]
    public async Task FirstAlphabetical_ManyRequests_AllReachTheFirstDestination()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await StartAsync("FirstAlphabetical", a, b);

        Assert.Equal(["a", "a", "a", "a"], await AskAsync(proxy, 4));
    }

    [Fact]
    public async Task RoundRobin_ManyRequests_TakeTurns()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await StartAsync("RoundRobin", a, b);

        var answers = await AskAsync(proxy, 6);

        Assert.Equal(3, answers.Count(answer => answer == "a"));
        Assert.Equal(answers[0], answers[2]);
        Assert.NotEqual(answers[0], answers[1]);
    }

    [Fact]
    public async Task Random_ManyRequests_ReachEveryDestination()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await StartAsync("Random", a, b);

        // All 64 on one side happens once in 2^63 runs.
        Assert.Equal(["a", "b"], (await AskAsync(proxy, 64)).Distinct().Order());
    }

    [Theory]
    [InlineData("LeastRequests")]
    [InlineData("PowerOfTwoChoices")]
    [InlineData("FastCgiLeastBusy")]
    public async Task LeastBusyPolicy_OneDestinationBusy_TheOtherIsTaken(string policy)
    {
        var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = ScriptedResponder.Start(request => ReplyAsync(request, "a"));
        await using var b = ScriptedResponder.Start(request => ReplyAsync(request, "b"));
        await using var proxy = await StartAsync(policy, a, b);

        var slow = proxy.Client.GetStringAsync("/slow");
        await Task.WhenAny(a.WaitForRequestAsync(), b.WaitForRequestAsync());
        var others = await AskAsync(proxy, 8);
        busy.SetResult();

        var expected = await slow == "a" ? "b" : "a";
        Assert.All(others, answer => Assert.Equal(expected, answer));

        // The counters went down again: whoever was busy is taken again.
        Assert.Equal(0, proxy.Destination("a").ConcurrentRequestCount);
        Assert.Equal(0, proxy.Destination("b").ConcurrentRequestCount);

        async Task<Reply> ReplyAsync(ReceivedRequest request, string name)
        {
            if (request["REQUEST_URI"] == "/slow")
            {
                await busy.Task.WithinAsync("the test to let the slow request go");
            }

            return Reply.Text(name);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task IpHash_ForwardedHeaders_GoesByTheClientBehindTheProxy(bool trusted)
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(a.Address, b.Address) { Cluster = """ "LoadBalancingPolicy": "IpHash" """ }.ToString(),
            Services = services => services.Configure<ForwardedHeadersOptions>(options => options.ForwardedHeaders = trusted ? ForwardedHeaders.XForwardedFor : ForwardedHeaders.None),
            App = app => app.UseForwardedHeaders(),
        });

        // The hash does not change: it is known which of them share a destination.
        var first = await AskAsClientsAsync();
        Assert.Equal(first, await AskAsClientsAsync());
        Assert.Equal(trusted ? 2 : 1, first.Distinct().Count());

        async Task<List<string>> AskAsClientsAsync()
        {
            var answers = new List<string>();
            for (var i = 1; i <= 16; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/");
                request.Headers.Add("X-Forwarded-For", $"192.0.2.{i}");
                using var response = await proxy.Client.SendAsync(request);
                answers.Add(await response.Content.ReadAsStringAsync());
            }

            return answers;
        }
    }

    private static Task<TestProxy> StartAsync(string policy, ScriptedResponder a, ScriptedResponder b) =>
        TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = $""" "LoadBalancingPolicy": "{policy}" """ });

    private static async Task<List<string>> AskAsync(TestProxy proxy, int count)
    {
        var answers = new List<string>();
        for (var i = 0; i < count; i++)
        {
            answers.Add(await proxy.Client.GetStringAsync("/"));
        }

        return answers;
    }
}
