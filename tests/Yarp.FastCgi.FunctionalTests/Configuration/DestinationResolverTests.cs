using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Yarp.FastCgi.FunctionalTests.Configuration;

/// <summary>Destinations whose addresses somebody else knows: YARP's resolver of DNS names, and others.</summary>
public class DestinationResolverTests
{
    [Fact]
    public async Task Dns_NameAndSocket_TheNameIsResolvedAndTheSocketLeftAlone()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"), ResponderSocket.Tcp);
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        var port = new Uri(a.Address).Port;
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = $$"""
                {
                  "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" }, "FastCgi": { "CheckFile": "Off" } } },
                  "Clusters": { "app": {
                    "Transport": "fastcgi",
                    "LoadBalancingPolicy": "RoundRobin",
                    "Destinations": {
                      "a": { "Address": "fastcgi://localhost:{{port}}", "Health": "unix:/run/status.sock", "FastCgi": { "Weight": 3 } },
                      "b": { "Address": "{{b.Address}}", "Health": "fastcgi://localhost:9001" },
                      "c": { "Address": "fastcgi://localhost", "Health": "fastcgi://localhost:9001" }
                    }
                  } }
                }
                """,
            ReverseProxy = proxy => proxy.AddDnsDestinationResolver(dns => dns.AddressFamily = AddressFamily.InterNetwork).AddFastCgi(),
        });

        var resolved = proxy.Destination("a[127.0.0.1]").Model.Config;
        Assert.Equal($"fastcgi://127.0.0.1:{port}", resolved.Address);
        Assert.Equal("unix:/run/status.sock", resolved.Health);
        Assert.Null(resolved.Host);
        Assert.Equal("3", resolved.Metadata!["FastCgi:Weight"]);
        Assert.Equal((b.Address, "fastcgi://localhost:9001"), (proxy.Destination("b").Model.Config.Address, proxy.Destination("b").Model.Config.Health));
        Assert.Equal(
            ("fastcgi://127.0.0.1:9000", "fastcgi://127.0.0.1:9001"), (proxy.Destination("c[127.0.0.1]").Model.Config.Address, proxy.Destination("c[127.0.0.1]").Model.Config.Health));
        var answers = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            using var response = await proxy.Client.GetAsync("/");
            answers.Add(await response.Content.ReadAsStringAsync());
        }

        Assert.Contains("a", answers);
        Assert.Contains("b", answers);
    }

    [Fact]
    public async Task Resolver_AddressesChange_NewOnesServeAndGoneOnesAreRetired()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var b = ScriptedResponder.Start(_ => Reply.Text("b"));
        await using var c = ScriptedResponder.Start(_ => Reply.Text("c"));
        using var pods = new Pods(a.Address, b.Address);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson("fastcgi://php.svc.cluster.local") { Cluster = """ "LoadBalancingPolicy": "Failover" """, ClusterFastCgi = """ "KeepAlive": true """ }.ToString(),
            ReverseProxy = proxy =>
            {
                proxy.Services.AddSingleton<IDestinationResolver>(pods);
                proxy.AddFastCgi();
            },
        });
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
        var (gone, kept) = (proxy.Pool(a.Address), proxy.Pool(b.Address));

        pods.Become(b.Address, c.Address);
        await Eventually.UntilAsync(() => proxy.IsAvailable($"a[{c.Address}]") && gone.IsRetired, "the new addresses to be in use");

        Assert.Equal("b", await proxy.Client.GetStringAsync("/"));
        Assert.Same(kept, proxy.Pool(b.Address));
        Assert.Throws<KeyNotFoundException>(() => proxy.Destination($"a[{a.Address}]"));
    }

    [Fact]
    public async Task Resolver_Fails_TheOldAddressesGoOnServing()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        using var pods = new Pods(a.Address);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson("fastcgi://php.svc.cluster.local").ToString(),
            ReverseProxy = proxy =>
            {
                proxy.Services.AddSingleton<IDestinationResolver>(pods);
                proxy.AddFastCgi();
            },
        });
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));

        pods.Become();
        await proxy.Logs.WaitForAsync(entry => entry.Exception?.InnerException is InvalidDataException, "that the addresses could not be resolved");

        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Resolver_None_ConfigurationsReachTheirListenersAsTheyAre()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        var applied = new AppliedConfigurations();
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Json = new ProxyJson(a.Address).ToString(), Services = services => services.AddSingleton<IConfigChangeListener>(applied) });

        var config = Assert.Single(proxy.Services.GetServices<IProxyConfigProvider>()).GetConfig();

        Assert.Same(config, Assert.Single(applied.Last));
    }

    [Fact]
    public async Task Reload_SameContent_KeepsTheClientAndItsConnections()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        var json = new ProxyJson(a.Address) { ClusterFastCgi = """ "KeepAlive": true, "IdleTimeout": "01:00:00" """ };
        await using var proxy = await TestProxy.StartAsync(json);
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
        var client = Client(proxy);

        Assert.Null(await proxy.ReloadAsync(json));
        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));

        Assert.Same(client, Client(proxy));
        Assert.Equal(a.Requests[0].ConnectionNumber, a.Requests[1].ConnectionNumber);
    }

    [Fact]
    public async Task Reload_OnlyTheCaseOfAHealthAddressChanged_TakesEffect()
    {
        await using var a = ScriptedResponder.Start(_ => Reply.Text("a"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address) { Destination = """ "Health": "unix:/run/app.sock" """ });

        Assert.Null(await proxy.ReloadAsync(new ProxyJson(a.Address) { Destination = """ "Health": "unix:/run/APP.sock" """ }));

        Assert.Equal("unix:/run/APP.sock", proxy.Destination("a").Model.Config.Health);
    }

    private static HttpMessageInvoker Client(TestProxy proxy)
    {
        Assert.True(proxy.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("app", out ClusterState? cluster));
        return cluster.Model.HttpClient;
    }

    private sealed class AppliedConfigurations : IConfigChangeListener
    {
        public IReadOnlyList<IProxyConfig> Last { get; private set; } = [];

        public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs) => Last = proxyConfigs;

        public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception)
        {
        }

        public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
        {
        }

        public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception)
        {
        }
    }

    /// <summary>Makes of every destination as many as there are addresses, and tells when these are others; without any it fails.</summary>
    private sealed class Pods(params string[] addresses) : IDestinationResolver, IDisposable
    {
        private readonly Lock _lock = new();
        private readonly List<CancellationTokenSource> _sources = [];
        private string[] _addresses = addresses;

        public void Become(params string[] addresses)
        {
            CancellationTokenSource[] changed;
            lock (_lock)
            {
                _addresses = addresses;
                changed = [.. _sources];
            }

            foreach (var source in changed)
            {
                source.Cancel();
            }
        }

        public ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                if (_addresses.Length == 0)
                {
                    throw new InvalidDataException("No such host is known.");
                }

                var source = new CancellationTokenSource();
                _sources.Add(source);
                var resolved = destinations.SelectMany(destination => _addresses.Select(address => (Name: $"{destination.Key}[{address}]", Config: destination.Value with { Address = address })));
                return new(new ResolvedDestinationCollection(resolved.ToDictionary(entry => entry.Name, entry => entry.Config), new CancellationChangeToken(source.Token)));
            }
        }

        public void Dispose() => _sources.ForEach(source => source.Dispose());
    }
}
