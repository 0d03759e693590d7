using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

/// <summary>How an application asks for its response to be delivered, by X-Accel-Limit-Rate, X-Accel-Expires and X-Accel-Buffering.</summary>
public sealed class DeliveryTests : IDisposable
{
    private const int Rate = 1000;
    private const int Piece = Rate / 10;

    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly TempDirectory _root = new();

    public static TheoryData<ForwardingPath, bool> Bodies => new()
    {
        { ForwardingPath.Direct, false },
        { ForwardingPath.Direct, true },
        { ForwardingPath.Messages, false },
        { ForwardingPath.Messages, true },
    };

    private string On => $""" "CheckFile": "off", "XSendfileRoots": "{_root.Path}" """;

    public void Dispose() => _root.Dispose();

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task LimitRate_BytesPerSecond_GoOutWhenTheirTimeHasCome(ForwardingPath path, bool isFile)
    {
        var body = string.Concat(Enumerable.Range(0, Rate).Select(i => (char)('a' + (i % 26))));
        await File.WriteAllTextAsync(_root.Combine("file.txt"), body);
        await using var responder = ScriptedResponder.Start(_ => isFile
            ? Reply.Text("dropped").WithHeader("X-Accel-Limit-Rate", $"{Rate}").WithHeader("X-Sendfile", _root.Combine("file.txt"))
            : Reply.Text(body).WithHeader("Content-Length", $"{Rate}").WithHeader("X-Accel-Limit-Rate", $"{Rate}"));
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = On, ClusterFastCgi = """ "ResponseHeadTimeout": "1.00:00:00" """ }.On(path));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.DoesNotContain("X-Accel", await client.ReadHeadAsync(), StringComparison.OrdinalIgnoreCase);
        var received = await client.ReadExactlyAsync(Piece);
        Assert.Equal(0, client.Available);
        while (received.Length < Rate)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            received = [.. received, .. await client.ReadExactlyAsync(Piece)];
            Assert.Equal(0, client.Available);
        }

        Assert.Equal(body, Encoding.Latin1.GetString(received));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1k")]
    [InlineData("")]
    public async Task LimitRate_NoneOrNoNumber_IsNoLimit(string rate)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text(new string('x', 100_000)).WithHeader("X-Accel-Limit-Rate", rate));
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = On });

        Assert.Equal(100_000, (await proxy.Client.GetStringAsync("/")).Length);
    }

    [Fact]
    public async Task LimitRate_SlowerThanTheActivityTimeout_IsNoStandstill()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("slow").WithHeader("Content-Length", "4").WithHeader("X-Accel-Limit-Rate", "1"));
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = On, Cluster = """ "HttpRequest": { "ActivityTimeout": "00:00:01.500" } """ });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadHeadAsync();
        var received = await client.ReadExactlyAsync(1);
        while (received.Length < 4)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            received = [.. received, .. await client.ReadExactlyAsync(1)];
        }

        Assert.Equal("slow"u8, received);
    }

    [Fact]
    public async Task LimitRate_ClientLeaves_TheApplicationsConnectionIsClosed()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text(new string('x', 1_000_000)).WithHeader("X-Accel-Limit-Rate", "100"));
        await using var proxy = await StartAsync(new ProxyJson(responder.Address) { FastCgi = On });
        using (var client = await proxy.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            await client.ReadHeadAsync();
        }

        await responder.WaitForConnectionClosedAsync(1);
    }

    [Theory]
    [InlineData("30", 30)]
    [InlineData("120", 120)]
    [InlineData("@1728000030", 30)]
    [InlineData("99999999999999", int.MaxValue)]
    [InlineData("0", null)]
    [InlineData("@1727999999", null)]
    [InlineData("soon", 60)]
    [InlineData("-5", 60)]
    public async Task Expires_OnARouteWithOutputCache_SaysHowLongTheResponseIsKept(string expires, int? seconds)
    {
        var store = Substitute.For<IOutputCacheStore>();
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("kept").WithHeader("X-Accel-Expires", expires));
        var proxy = await StartAsync(
            new ProxyJson(responder.Address) { FastCgi = On, Route = """ "OutputCachePolicy": "minute" """ },
            services => services.AddOutputCache(cache => cache.AddPolicy("minute", policy => policy.Expire(TimeSpan.FromMinutes(1)))).AddSingleton(store),
            app => app.UseOutputCache());
        await using (proxy)
        {
            Assert.Equal("kept", await proxy.Client.GetStringAsync("/"));
        }

        // A response is stored behind its end, and the proxy has stopped.
        var stored = store.ReceivedCalls().Where(call => call.GetMethodInfo().Name == nameof(IOutputCacheStore.SetAsync)).Select(call => (TimeSpan)call.GetArguments()[3]!);
        Assert.Equal(seconds is { } number ? [TimeSpan.FromSeconds(number)] : [], stored);
    }

    [Theory]
    [InlineData("no", true)]
    [InlineData("No", true)]
    [InlineData("yes", false)]
    [InlineData("", false)]
    public async Task Buffering_OfAClusterThatAllowsIt_IsOffWhenTheApplicationSaysSo(string buffering, bool isOff)
    {
        var body = Substitute.For<IHttpResponseBodyFeature>();
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("page").WithHeader("X-Accel-Buffering", buffering));
        await using var proxy = await StartAsync(
            new ProxyJson(responder.Address) { FastCgi = On, Cluster = """ "HttpRequest": { "AllowResponseBuffering": true } """ },
            app: app => app.Use((context, next) =>
            {
                var inner = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
                body.Writer.Returns(inner.Writer);
                body.CompleteAsync().Returns(_ => inner.CompleteAsync());
                context.Features.Set(body);
                return next(context);
            }));

        Assert.Equal("page", await proxy.Client.GetStringAsync("/"));

        body.Received(isOff ? 1 : 0).DisableBuffering();
    }

    [Fact]
    public async Task Off_BothFields_PassWithoutEffect()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text(new string('x', 100_000)).WithHeader("X-Accel-Limit-Rate", "1").WithHeader("X-Accel-Expires", "0"));
        await using var proxy = await StartAsync(new ProxyJson(responder.Address));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(100_000, (await response.Content.ReadAsStringAsync()).Length);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-Accel-Limit-Rate")));
    }

    private Task<TestProxy> StartAsync(ProxyJson json, Action<IServiceCollection>? services = null, Action<WebApplication>? app = null)
        => TestProxy.StartAsync(new TestProxyOptions
        {
            Json = json.ToString(),
            Services = collection =>
            {
                collection.AddSingleton<TimeProvider>(_time);
                services?.Invoke(collection);
            },
            App = app ?? (_ => { }),
        });
}
