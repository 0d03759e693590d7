using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Retries;

/// <summary>When a request that its destination failed goes to another one, and that it never does when it may have had an effect.</summary>
public class RetryTests
{
    private const string InOrder = """ "LoadBalancingPolicy": "FirstAlphabetical" """;
    private const string Anything = """ "Retries": { "On": [ "connect-failure", "overloaded", "empty-response", "500-599" ] } """;

    [Theory]
    [InlineData("GET", BodyKeeping.Memory, 0, ForwardingPath.Direct)]
    [InlineData("POST", BodyKeeping.Memory, 1000, ForwardingPath.Direct)]
    [InlineData("POST", BodyKeeping.File, 200_000, ForwardingPath.Messages)]
    [InlineData("POST", BodyKeeping.Streamed, 200_000, ForwardingPath.Direct)]
    [InlineData("PATCH", BodyKeeping.Streamed, 10, ForwardingPath.Messages)]
    public async Task ConnectFailure_AnyMethod_GoesToAnotherDestination(string method, BodyKeeping keeping, int length, ForwardingPath path)
    {
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        var json = new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), b.Address) { Cluster = InOrder, FastCgi = keeping.ToJson() };
        await using var proxy = await TestProxy.StartAsync(json.On(path));
        var body = TestBody.Create(length);

        using var response = await proxy.SendAsync(http2: false, new HttpMethod(method), content: length == 0 ? null : new ByteArrayContent(body));

        Assert.Equal("b", await response.Content.ReadAsStringAsync());
        Assert.Equal(body, Assert.Single(b.Requests).Stdin);
        Assert.Equal(method, b.Requests[0]["REQUEST_METHOD"]);
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "Retry");
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.StartsWith("connect-failure on route 'site', cluster 'app', destination 'a' (unix:", entry.Message, StringComparison.Ordinal);
        Assert.Contains("the request goes to destination 'b', attempt 2 of 3 (Retries:MaxAttempts). ", entry.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, HttpStatusCode.BadGateway, 0)]
    [InlineData(2, HttpStatusCode.BadGateway, 0)]
    [InlineData(3, HttpStatusCode.OK, 1)]
    public async Task MaxAttempts_DestinationsDown_CountsTheFirstOneToo(int maxAttempts, HttpStatusCode expected, int requests)
    {
        await using var c = ScriptedResponder.Start(_ => Reply.Text("c"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), await ScriptedResponder.UnusedAddressAsync(ResponderSocket.Tcp), c.Address)
        {
            Cluster = InOrder,
            ClusterFastCgi = $$""" "Retries": { "MaxAttempts": {{maxAttempts}} } """,
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(requests, c.Requests.Count);
    }

    [Fact]
    public async Task ConnectFailure_AllDestinationsDown_Is502OfTheLastOne()
    {
        await using var proxy = await TestProxy.StartAsync(
            new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), await ScriptedResponder.UnusedAddressAsync()) { Cluster = InOrder });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("destination 'b'", Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ForwardingFailed").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", 0, ForwardingPath.Direct)]
    [InlineData("POST", 100, ForwardingPath.Direct)]
    [InlineData("POST", 200_000, ForwardingPath.Messages)]
    public async Task Overloaded_NothingWasExecuted_AnyMethodGoesToAnotherDestination(string method, int length, ForwardingPath path)
    {
        await using var a = Overloaded();
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = InOrder }.On(path));
        var body = TestBody.Create(length);

        using var response = await proxy.SendAsync(http2: true, new HttpMethod(method), content: length == 0 ? null : new ByteArrayContent(body));

        Assert.Equal("b", await response.Content.ReadAsStringAsync());
        Assert.Equal(body, Assert.Single(b.Requests).Stdin);
    }

    [Fact]
    public async Task Overloaded_StreamedBodyIsGone_Is503()
    {
        await using var a = Overloaded();
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = InOrder, FastCgi = BodyKeeping.Streamed.ToJson() });

        using var response = await proxy.Client.PostAsync("/", new ByteArrayContent(TestBody.Create(100)));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Empty(b.Requests);
    }

    [Theory]
    [InlineData("GET", "", HttpStatusCode.BadGateway, 0)]
    [InlineData("GET", Anything, HttpStatusCode.OK, 1)]
    [InlineData("POST", Anything, HttpStatusCode.BadGateway, 0)]
    [InlineData("PUT", """ "Retries": { "On": "empty-response", "Methods": [ "GET", "PUT" ] } """, HttpStatusCode.OK, 1)]
    public async Task EmptyResponse_MayHaveBeenExecuted_IsSentAgainByMethodAndOnlyWhenAskedFor(string method, string retries, HttpStatusCode expected, int requests)
    {
        await using var a = ScriptedResponder.Start(async connection => await connection.ReadRequestAsync());
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = InOrder, ClusterFastCgi = retries });

        using var response = await proxy.SendAsync(http2: false, new HttpMethod(method), content: method == "GET" ? null : new StringContent("body"));

        Assert.Equal(expected, response.StatusCode);
        Assert.Single(a.Requests);
        Assert.Equal(requests, b.Requests.Count);
    }

    [Fact]
    public async Task EmptyResponse_RequestEndedWithoutAny_IsSentAgainWhenAskedFor()
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.EndRequestAsync(appStatus: 1);
        });
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = InOrder, ClusterFastCgi = Anything });

        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData("Content-Type: text/plain\r\n")]
    [InlineData("Content-Type: text/plain\r\n\r\nhalf a ")]
    public async Task Response_HasBegun_IsNotSentAgain(string part)
    {
        await using var a = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(part);
        });
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = InOrder, ClusterFastCgi = Anything });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.DoesNotContain("200 OK\r\nContent-Length: 1\r\n", text, StringComparison.Ordinal);
        Assert.Empty(b.Requests);
    }

    [Theory]
    [InlineData(503, "GET", ForwardingPath.Direct, 200, "b")]
    [InlineData(500, "GET", ForwardingPath.Messages, 200, "b")]
    [InlineData(404, "GET", ForwardingPath.Direct, 404, "a")]
    [InlineData(503, "POST", ForwardingPath.Direct, 503, "a")]
    public async Task Status_OfTheList_IsReplacedByAnotherDestinationsResponse(int status, string method, ForwardingPath path, int expected, string body)
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Status(status, "No", "a").WithHeader("X-From", "a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = InOrder, ClusterFastCgi = Anything }.On(path));

        using var response = await proxy.SendAsync(http2: false, new HttpMethod(method));

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
        Assert.Equal(body == "a", response.Headers.Contains("X-From"));
    }

    [Fact]
    public async Task Status_OfEveryDestination_TheLastResponseIsPassedOn()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Status(503, "", "a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Status(502, "", "b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address) { Cluster = InOrder, ClusterFastCgi = Anything });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("b", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(100, 30)]
    public async Task Budget_Spent_ApplicationsAreLeftInPeace(int percent, int expected)
    {
        await using var a = Overloaded();
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address)
        {
            Cluster = InOrder,
            ClusterFastCgi = $$""" "Retries": { "Budget": {{percent}} } """,
        });

        for (var i = 0; i < 30; i++)
        {
            using var response = await proxy.Client.GetAsync("/");
            Assert.Equal(i < expected ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, response.StatusCode);
        }

        Assert.Equal(expected, b.Requests.Count);
        Assert.Equal(30 - expected, proxy.Logs.Ours.Count(entry => entry.EventId.Name == "RetryBudgetSpent"));
    }

    [Fact]
    public async Task Budget_ConnectFailures_CostNothing()
    {
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), b.Address)
        {
            Cluster = InOrder,
            ClusterFastCgi = """ "Retries": { "Budget": 0 } """,
        });

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
        }
    }

    [Fact]
    public async Task RouteTimeout_StrikesInTheSecondAttempt_ThereIsNoThird()
    {
        await using var b = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var c = ScriptedResponder.Start(_ => Reply.Text("c"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), b.Address, c.Address) { Cluster = InOrder, ClusterFastCgi = Anything, Route = """ "Timeout": "00:00:00.3" """ }.ToString(),
            Services = services => services.AddRequestTimeouts(),
            App = app => app.UseRequestTimeouts(),
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        await b.WaitForScriptAsync();
        Assert.Empty(c.Requests);
    }

    [Fact]
    public async Task LocalRedirect_BehindARetry_StaysAtTheDestinationThatAnswered()
    {
        await using var b = ScriptedResponder.Start(request => request["REQUEST_URI"] == "/" && request["PATH_INFO"] == "/" ? Reply.Empty.WithHeader("Location", "/other") : Reply.Text("b " + request["PATH_INFO"]));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync(), b.Address) { Cluster = InOrder });

        Assert.Equal("b /other", await proxy.Client.GetStringAsync("/"));
        Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "Retry");
    }

    [Fact]
    public async Task MaxAttempts_One_NoRequestTravelsOnAKeptConnection()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request.ConnectionNumber}"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "Retries": { "MaxAttempts": 1 } """ });

        Assert.Equal("1", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("2", await proxy.Client.GetStringAsync("/"));
    }

    private static ScriptedResponder Overloaded() => ScriptedResponder.Start(async connection =>
    {
        await connection.ReadRequestAsync();
        await connection.EndRequestAsync(protocolStatus: 2);
        await connection.WaitForPeerCloseAsync();
    });
}
