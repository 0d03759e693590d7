using System.Globalization;
using System.Text;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Caching;

/// <summary>One request fetches while others wait, and an old response helps out.</summary>
public class CacheFillTests
{
    [Fact]
    public async Task Get_ManyAtOnce_OneFetches()
    {
        using var answer = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async _ =>
        {
            await answer.WaitAsync().WithinAsync("the application to answer");
            return Reply.Text("page").WithHeader("Cache-Control", "max-age=60");
        });
        await using var gateway = await CacheTests.StartAsync(application, """ "LockTimeout": "00:01:00" """);

        var first = gateway.SendAsync("GET /page");
        await application.WaitForRequestAsync();
        var others = Enumerable.Range(0, 20).Select(_ => gateway.SendAsync("GET /page")).ToArray();
        var differs = gateway.SendAsync("GET /other");
        await application.WaitForRequestAsync(2);
        answer.Release(2);

        foreach (var response in others.Append(first).Append(differs))
        {
            Assert.Equal("page", Encoding.UTF8.GetString((await response).Body));
        }

        Assert.Equal(2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_WaitThatLastsTooLong_FetchesItself()
    {
        using var answer = new SemaphoreSlim(0);
        var count = 0;
        await using var application = ScriptedResponder.Start(async _ =>
        {
            if (Interlocked.Increment(ref count) == 1)
            {
                await answer.WaitAsync().WithinAsync("the application to answer");
            }

            return Reply.Text("page").WithHeader("Cache-Control", "max-age=60");
        });
        await using var gateway = await CacheTests.StartAsync(application, """ "LockTimeout": "00:00:00.050" """);

        var first = gateway.SendAsync("GET /page");
        await application.WaitForRequestAsync();
        var (_, body) = await gateway.SendAsync("GET /page");
        answer.Release();
        await first;

        Assert.Equal("page", Encoding.UTF8.GetString(body));
        Assert.Equal(2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_EndlessResponseThatIsNotKept_HoldsUpNobody()
    {
        using var end = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Type: text/plain\r\nCache-Control: no-store\r\n\r\nbegin\n");
            await end.WaitAsync().WithinAsync("the test to end the response");
            await connection.EndRequestAsync();
        });
        await using var gateway = await CacheTests.StartAsync(application, """ "LockTimeout": "00:01:00" """);
        using var first = await OpenAsync(gateway);
        await first.ReadUntilAsync("begin\n");

        // The first of them finds it out while it waits, the second knows.
        using var second = await OpenAsync(gateway);
        using var third = await OpenAsync(gateway);
        await second.ReadUntilAsync("begin\n");
        await third.ReadUntilAsync("begin\n");

        end.Release(3);
    }

    [Fact]
    public async Task Get_ResponseTooLargeToKeep_HoldsUpNobody()
    {
        using var end = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Type: text/plain\r\nCache-Control: max-age=60\r\n\r\n" + new string('a', 100) + "\n");
            await end.WaitAsync().WithinAsync("the test to end the response");
            await connection.EndRequestAsync();
        });
        await using var gateway = await CacheTests.StartAsync(application, """ "LockTimeout": "00:01:00", "MaxBodySize": 50 """);

        using var first = await OpenAsync(gateway);
        await first.ReadUntilAsync("a\n");
        using var second = await OpenAsync(gateway);
        await second.ReadUntilAsync("a\n");

        end.Release(2);
    }

    [Fact]
    public async Task Get_FetcherThatGoesAway_IsReplaced()
    {
        using var answer = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await answer.WaitAsync().WithinAsync("the application to answer");
            await connection.SendReplyAsync(Reply.Text("page").WithHeader("Cache-Control", "max-age=60"));
        });
        await using var gateway = await CacheTests.StartAsync(application, """ "LockTimeout": "00:01:00" """);
        using var first = await OpenAsync(gateway);
        await application.WaitForRequestAsync();
        var others = Enumerable.Range(0, 5).Select(_ => gateway.SendAsync("GET /page")).ToArray();

        first.Reset();
        await application.WaitForRequestAsync(2);
        answer.Release(2);

        foreach (var response in others)
        {
            Assert.Equal("page", Encoding.UTF8.GetString((await response).Body));
        }

        Assert.Equal(2, application.Requests.Count);
    }

    [Theory]
    [InlineData(", stale-while-revalidate=600", "")]
    [InlineData("", """ "StaleWhileRevalidate": "00:10:00" """)]
    public async Task Get_NoLongerFresh_IsServedWhileOneFetches(string directive, string policy)
    {
        var count = 0;
        using var answer = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async _ =>
        {
            var number = Interlocked.Increment(ref count);
            if (number > 1)
            {
                await answer.WaitAsync().WithinAsync("the application to answer");
            }

            return Reply.Text(string.Create(CultureInfo.InvariantCulture, $"page {number}")).WithHeader("Cache-Control", number > 1 ? "max-age=60" : $"max-age=1{directive}");
        });
        await using var gateway = await CacheTests.StartAsync(application, policy);
        await gateway.SendAsync("GET /page", "User-Agent: someone", "If-None-Match: \"x\"");

        await Eventually.UntilAsync(async () => (await gateway.SendAsync("HEAD /page")).Head.Contains("hit; ttl=-", StringComparison.Ordinal), "the response to be stale");
        await application.WaitForRequestAsync(2);
        foreach (var _ in Enumerable.Range(0, 5))
        {
            Assert.Equal("page 1", Encoding.UTF8.GetString((await gateway.SendAsync("GET /page")).Body));
        }

        Assert.Equal(2, application.Requests.Count);
        answer.Release();
        await Eventually.UntilAsync(async () => Encoding.UTF8.GetString((await gateway.SendAsync("GET /page")).Body) == "page 2", "the new response to be there");

        var refresh = application.Requests[1];
        Assert.Equal("GET", refresh["REQUEST_METHOD"]);
        Assert.Equal("/page", refresh["REQUEST_URI"]);
        Assert.Equal("site.test", refresh["HTTP_HOST"]);
        Assert.Equal("127.0.0.1", refresh["REMOTE_ADDR"]);
        Assert.Equal(2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_RefreshThatIsNotKept_EndsTheOldResponse()
    {
        var count = 0;
        await using var application = ScriptedResponder.Start(_ => Interlocked.Increment(ref count) == 1
            ? Reply.Text("old").WithHeader("Cache-Control", "max-age=1, stale-while-revalidate=600")
            : Reply.Text("private").WithHeader("Cache-Control", "private"));
        await using var gateway = await CacheTests.StartAsync(application);
        await gateway.SendAsync("GET /page");

        await Eventually.UntilAsync(async () => Encoding.UTF8.GetString((await gateway.SendAsync("GET /page")).Body) == "private", "the old response to be gone");
    }

    [Theory]
    [InlineData("500", ", stale-if-error=600", "")]
    [InlineData("503", "", """ "StaleIfError": "00:10:00" """)]
    [InlineData("reset", "", """ "StaleIfError": "00:10:00" """)]
    [InlineData("stop", "", """ "StaleIfError": "00:10:00" """)]
    [InlineData("refresh", ", stale-while-revalidate=600", "")]
    public async Task Get_Error_IsAnsweredByTheOldResponse(string error, string directive, string policy)
    {
        await using var application = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            if (connection.Number == 1)
            {
                await connection.SendReplyAsync(Reply.Text("old").WithHeader("Cache-Control", $"max-age=1{directive}"));
            }
            else if (error is "500" or "503" or "refresh")
            {
                await connection.SendReplyAsync(Reply.Status(int.TryParse(error, out var status) ? status : 500, body: "broken").WithHeader("X-Broken", "yes"));
            }
            else
            {
                connection.Reset();
            }
        });
        await using var gateway = await CacheTests.StartAsync(application, policy);
        await gateway.SendAsync("GET /page");
        if (error == "stop")
        {
            await application.StopAsync();
        }

        var head = "";
        await Eventually.UntilAsync(
            async () =>
            {
                (head, var body) = await gateway.SendAsync("GET /page");
                Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
                Assert.Equal("old", Encoding.UTF8.GetString(body));
                return head.Contains("ttl=-", StringComparison.Ordinal);
            },
            "the response to be stale");

        Assert.DoesNotContain("X-Broken", head, StringComparison.Ordinal);
        Assert.Contains(
            error switch { "500" or "503" => $"fwd=stale; fwd-status={error}; ttl=-", "refresh" => "hit; ttl=-", "stop" => "fwd=stale; fwd-status=50", _ => "fwd=stale; fwd-status=502; ttl=-" }, head, StringComparison.Ordinal);
        if (error == "refresh")
        {
            await gateway.Logs.WaitForAsync("could not be fetched anew: status 500");
        }
    }

    [Fact]
    public async Task Get_ErrorWhereTheResponseForbidsStale_IsPassedOn()
    {
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(connection.Number == 1 ? Reply.Text("old").WithHeader("Cache-Control", "max-age=1, must-revalidate") : Reply.Status(500, body: "broken"));
        });
        await using var gateway = await CacheTests.StartAsync(application, """ "StaleIfError": "00:10:00", "StaleWhileRevalidate": "00:10:00" """);
        await gateway.SendAsync("GET /page");

        await Eventually.UntilAsync(async () => (await gateway.SendAsync("GET /page")).Head.StartsWith("HTTP/1.1 500 ", StringComparison.Ordinal), "the error to be passed on");
    }

    private static async Task<RawHttpConnection> OpenAsync(ResponseGateway gateway)
    {
        var client = await RawHttpConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync("GET /page HTTP/1.1\r\nHost: site.test\r\n\r\n");
        return client;
    }
}
