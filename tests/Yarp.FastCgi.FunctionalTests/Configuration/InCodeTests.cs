using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.FunctionalTests.Policies;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.FunctionalTests.Configuration;

public class InCodeTests
{
    [Fact]
    public async Task WithFastCgi_RouteAndCluster_AreServed()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request["X"]} {request["Y"]} {request.KeepConnection}"));
        await using var proxy = await TestProxy.StartAsync(InMemory(responder.Address, "route"));

        Assert.Equal("route cluster True", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task WithFastCgi_UpdatedInMemory_TakesEffect()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["X"]!));
        await using var proxy = await TestProxy.StartAsync(InMemory(responder.Address, "one"));
        Assert.Equal("one", await proxy.Client.GetStringAsync("/"));

        var changed = InMemory(responder.Address, "two");
        proxy.Services.GetRequiredService<InMemoryConfigProvider>().Update(changed.Routes, changed.Clusters);
        await Eventually.UntilAsync(async () => await proxy.Client.GetStringAsync("/") == "two", "the updated configuration to take effect");
    }

    [Fact]
    public async Task Metadata_WithoutHelper_IsServed()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["X"]!));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Routes =
            [
                new RouteConfig
                {
                    RouteId = "site",
                    ClusterId = "app",
                    Match = new RouteMatch { Path = "/{**path}" },
                    Metadata = new Dictionary<string, string> { ["FastCgi:CheckFile"] = "Off", ["FastCgi:Params:X"] = "by metadata" },
                },
            ],
            Clusters =
            [
                new ClusterConfig
                {
                    ClusterId = "app",
                    Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = responder.Address } },
                    Metadata = new Dictionary<string, string> { ["Transport"] = "fastcgi" },
                },
            ],
        });

        Assert.Equal("by metadata", await proxy.Client.GetStringAsync("/"));
    }

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.AbstractUnix)]
    [InlineData(ResponderSocket.Tcp)]
    [InlineData(ResponderSocket.TcpIPv6)]
    public async Task MapFastCgi_Address_IsServed(ResponderSocket kind)
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request["REQUEST_METHOD"]} {request["X"]} {request.StdinText}"), kind);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            App = app => app.MapFastCgi("/app/{**path}", responder.Address, new FastCgiClusterOptions
            {
                CheckFile = FastCgiCheckFile.Off,
                Params = new Dictionary<string, string> { ["X"] = "mapped" },
            }),
        });

        using var response = await proxy.Client.PostAsync("/app/page?x=1", new StringContent("a body"));
        using var elsewhere = await proxy.Client.GetAsync("/other");

        Assert.Equal("POST mapped a body", await response.Content.ReadAsStringAsync());
        Assert.Equal("/app/page?x=1", Assert.Single(responder.Requests)["REQUEST_URI"]);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    [Fact]
    public async Task MapFastCgi_ApplicationDown_Is502()
    {
        var address = await ScriptedResponder.UnusedAddressAsync();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            App = app => app.MapFastCgi("/{**path}", address, new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off }),
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Fact]
    public async Task MapFastCgi_Conventions_AreApplied()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Services = services =>
            {
                services.AddAuthentication("Test").AddScheme<AuthenticationSchemeOptions, HeaderAuthenticationHandler>("Test", configureOptions: null);
                services.AddAuthorization();
            },
            App = app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapFastCgi("/{**path}", responder.Address, new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off }).RequireAuthorization();
            },
        });

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(responder.Requests);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9000")]
    [InlineData("/run/php/php-fpm.sock")]
    public async Task MapFastCgi_BadAddress_IsRefusedWhereItStands(string address)
    {
        var refusal = await Assert.ThrowsAnyAsync<FormatException>(() => TestProxy.StartAsync(new TestProxyOptions
        {
            App = app => app.MapFastCgi("/{**path}", address, new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off }),
        }));

        Assert.Contains(address, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("unix:/", refusal.Message, StringComparison.Ordinal);
    }

    private static TestProxyOptions InMemory(string address, string value) => new()
    {
        Routes =
        [
            new RouteConfig { RouteId = "site", ClusterId = "app", Match = new RouteMatch { Path = "/{**path}" } }
                .WithFastCgi(new FastCgiRouteOptions { Params = new Dictionary<string, string> { ["X"] = value } }),
        ],
        Clusters =
        [
            new ClusterConfig { ClusterId = "app", Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = address } } }
                .WithFastCgi(new FastCgiClusterOptions
                {
                    CheckFile = FastCgiCheckFile.Off,
                    KeepAlive = true,
                    Params = new Dictionary<string, string> { ["X"] = "cluster", ["Y"] = "cluster" },
                }),
        ],
    };
}
