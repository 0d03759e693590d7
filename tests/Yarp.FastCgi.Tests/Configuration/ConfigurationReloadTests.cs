using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>One load of a configuration as a whole, and the next one.</summary>
public class ConfigurationReloadTests
{
    private static readonly string Valid = ProxyHost.Json(
        """ "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "/srv/app", "Params": { "APP_ENV": "prod" } } """,
        """ "FastCgi": { "MaxConnections": 16 } """);

    [Fact]
    public async Task Load_ErrorsEverywhere_AreReportedTogether()
    {
        const string Json = """
            {
              "ReverseProxy": {
                "Routes": {
                  "site": { "ClusterId": "php", "Match": { "Path": "/{**path}" }, "Transport": "http", "FastCgi": { "Inedx": "i.php", "KeepAlive": true } },
                  "app": { "ClusterId": "python", "Match": { "Path": "/app" }, "AuthorizationPolicy": "none such" },
                  "web": { "ClusterId": "web", "Match": { "Path": "/web" }, "FastCgi": { "LocalRoot": "html" } }
                },
                "Clusters": {
                  "php": {
                    "Transport": "fastcgi",
                    "FastCgi": { "MaxConnections": "many" },
                    "LoadBalancingPolicy": "none such",
                    "HttpRequest": { "Version": "2" },
                    "Destinations": { "a": { "Address": "http://localhost" }, "b": { "Address": "unix:@b", "FastCgi": { "X": 1 } } }
                  },
                  "python": { "Transport": "fastcgi", "FastCgi": { "QueueTimeout": "5" }, "Destinations": { "a": { "Address": "unix:@a" } } },
                  "web": { "Destinations": { "a": { "Address": "unix:@a" } } }
                }
              }
            }
            """;

        var errors = await ProxyHost.LoadErrorsAsync(Json);

        string[] expected =
        [
            "Route 'site': 'Transport' is 'http', but its cluster 'php' is marked 'fastcgi'",
            "Route 'site': 'FastCgi:Inedx' ('i.php') is not a known option. Did you mean 'FastCgi:Index'?",
            "Route 'site': 'FastCgi:KeepAlive' ('True') describes connections",
            "Route 'app': 'FastCgi:DocumentRoot' is missing",
            "Authorization policy 'none such' not found",
            "Route 'web': 'FastCgi:LocalRoot' is 'html'",
            "Route 'web': 'FastCgi:LocalRoot' ('html') is set, but there is no 'Transport'",
            "Cluster 'php': 'FastCgi:MaxConnections' is 'many'",
            "Cluster 'php': 'HttpRequest:Version' is '2.0'",
            "Cluster 'php': destination 'a': 'Address' is 'http://localhost'",
            "Cluster 'php': destination 'b': 'FastCgi:X' ('1')",
            "No matching ILoadBalancingPolicy found for the load balancing policy 'none such'",
            "Cluster 'python': 'FastCgi:QueueTimeout' is '5'",
            "Cluster 'web': destination 'a': 'Address' is 'unix:@a', a FastCGI address",
        ];
        Assert.All(expected, start => Assert.Single(errors, error => error.StartsWith(start, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Reload_SameContent_ChangesNothing()
    {
        await using var host = ProxyHost.Load(Valid);
        var cluster = host.Cluster("php");
        var route = host.Route("site");

        Assert.Empty(await host.ReloadAsync(Valid.Replace("\n", "\r\n", StringComparison.Ordinal)));

        Assert.Same(cluster, host.Cluster("php"));
        Assert.Equal(route, host.Route("site"));
    }

    [Theory]
    [InlineData("\"MaxConnections\": 16", "\"MaxConnections\": 17", "FastCgi:MaxConnections", "17")]
    [InlineData("\"MaxConnections\": 16", "\"KeepAlive\": true", "FastCgi:KeepAlive", "True")]
    public async Task Reload_NestedKeyOfTheClusterChanged_ChangesTheCluster(string old, string changed, string key, string value)
    {
        await using var host = ProxyHost.Load(Valid);
        var cluster = host.Cluster("php");

        Assert.Empty(await host.ReloadAsync(Valid.Replace(old, changed, StringComparison.Ordinal)));

        Assert.NotSame(cluster, host.Cluster("php"));
        Assert.NotEqual(cluster.Config, host.Cluster("php").Config);
        Assert.Equal(value, host.Cluster("php").Config.Metadata![key]);
    }

    [Theory]
    [InlineData("\"prod\"", "\"test\"")]
    [InlineData("APP_ENV", "App_Env")]
    [InlineData("/srv/app", "/srv/App")]
    public async Task Reload_NestedKeyOfTheRouteChanged_ChangesTheRoute(string old, string changed)
    {
        await using var host = ProxyHost.Load(Valid);
        var route = host.Route("site");

        Assert.Empty(await host.ReloadAsync(Valid.Replace(old, changed, StringComparison.Ordinal)));

        Assert.NotEqual(route, host.Route("site"));
    }

    [Fact]
    public async Task Reload_MarkMovedFromRouteToCluster_ChangesNothing()
    {
        await using var host = ProxyHost.Load(Valid);
        var cluster = host.Cluster("php");

        Assert.Empty(await host.ReloadAsync(Valid
            .Replace("\"Transport\": \"fastcgi\",", "", StringComparison.Ordinal)
            .Replace("\"Destinations\"", "\"Transport\": \"fastcgi\", \"Destinations\"", StringComparison.Ordinal)));

        Assert.Same(cluster, host.Cluster("php"));
    }

    [Fact]
    public async Task Reload_BadConfiguration_KeepsTheOldOneAndTheNextGoodOneCounts()
    {
        await using var host = ProxyHost.Load(Valid);
        var cluster = host.Cluster("php");

        var errors = await host.ReloadAsync(Valid.Replace("16", "0", StringComparison.Ordinal));

        Assert.Equal(["Cluster 'php': 'FastCgi:MaxConnections' is '0', but must be an integer from 1 to 65535 (connections), or auto."], errors);
        Assert.Same(cluster, host.Cluster("php"));

        Assert.Empty(await host.ReloadAsync(Valid.Replace("16", "8", StringComparison.Ordinal)));
        Assert.Equal("8", host.Cluster("php").Config.Metadata!["FastCgi:MaxConnections"]);
    }

    [Fact]
    public async Task Reload_ClusterRemoved_MarksItsRouteNoMore()
    {
        const string Route = """ "site": { "ClusterId": "php", "Match": { "Path": "/" } } """;
        await using var host = ProxyHost.Load($$"""
            {
              "ReverseProxy": {
                "Routes": { {{Route}} },
                "Clusters": { "php": { "Transport": "fastcgi", "FastCgi": { "ScriptFile": "/a" }, "Destinations": { "a": { "Address": "unix:@a" } } } }
              }
            }
            """);
        Assert.True(TransportMark.IsFastCgi(host.Route("site").Metadata));

        Assert.Empty(await host.ReloadAsync($$"""{ "ReverseProxy": { "Routes": { {{Route}} } } }"""));

        Assert.False(TransportMark.IsFastCgi(host.Route("site").Metadata));
    }

    [Fact]
    public async Task Reload_ErrorsOfTheLoadBefore_AreForgotten()
    {
        await using var host = ProxyHost.Load(Valid);

        Assert.NotEmpty(await host.ReloadAsync(Valid.Replace("\"Match\"", "\"Metadata\": { \"Transport\": \"http\" }, \"Match\"", StringComparison.Ordinal)));
        Assert.Empty(await host.ReloadAsync(Valid));
    }
}
