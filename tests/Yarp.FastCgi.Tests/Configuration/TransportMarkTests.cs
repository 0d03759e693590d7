using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class TransportMarkTests
{
    private const string Root = """ "FastCgi": { "DocumentRoot": "/srv/app" } """;
    private const string Http = """ "Address": "http://localhost:8080" """;

    [Theory]
    [InlineData(""" "Transport": "fastcgi", """, "")]
    [InlineData("", """ "Transport": "FastCGI", """)]
    [InlineData(""" "Transport": "fastcgi", """, """ "Transport": "FASTCGI", """)]
    [InlineData(""" "Metadata": { "transport": "fastcgi" }, """, "")]
    [InlineData("", """ "Metadata": { "Transport": "fastcgi" }, """)]
    public async Task Load_MarkOnRouteOrCluster_MarksBoth(string route, string cluster)
    {
        await using var host = ProxyHost.Load(ProxyHost.Json(route + Root, cluster));

        Assert.True(TransportMark.IsFastCgi(host.Route("site").Metadata));
        Assert.True(TransportMark.IsFastCgi(host.Cluster("php").Config.Metadata));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(""" "Transport": "http", """, "")]
    [InlineData("", """ "Transport": "HTTP", """)]
    [InlineData(""" "Transport": "http", """, """ "Transport": "http", """)]
    public async Task Load_NoFastCgiMark_MarksNothing(string route, string cluster)
    {
        await using var host = ProxyHost.Load(ProxyHost.Json(route, cluster, Http));

        Assert.False(TransportMark.IsFastCgi(host.Route("site").Metadata));
        Assert.False(TransportMark.IsFastCgi(host.Cluster("php").Config.Metadata));
    }

    [Fact]
    public async Task Load_MarkOnOneOfTwoRoutes_MarksTheOther()
    {
        await using var host = ProxyHost.Load(TwoRoutes(""" "Transport": "fastcgi" """, "", ""));

        Assert.True(TransportMark.IsFastCgi(host.Route("one").Metadata));
        Assert.True(TransportMark.IsFastCgi(host.Route("two").Metadata));
        Assert.True(TransportMark.IsFastCgi(host.Cluster("php").Config.Metadata));
    }

    [Theory]
    [InlineData("http", "fastcgi")]
    [InlineData("fastcgi", "http")]
    public async Task Load_RouteContradictsCluster_NamesBoth(string route, string cluster)
    {
        var errors = await ProxyHost.LoadErrorsAsync($$""" "Transport": "{{route}}" """, $$""" "Transport": "{{cluster}}" """, Address(cluster));

        Assert.Contains($"Route 'site': 'Transport' is '{route}', but its cluster 'php' is marked '{cluster}': all routes of a cluster have its transport.", errors);
    }

    [Theory]
    [InlineData("fastcgi", "http", "two", "one")]
    [InlineData("http", "fastcgi", "one", "two")]
    public async Task Load_RoutesOfAClusterContradict_NamesBoth(string one, string two, string refused, string marking)
    {
        var errors = await ProxyHost.LoadErrorsAsync(TwoRoutes($$""" "Transport": "{{one}}" """, $$""" "Transport": "{{two}}" """, ""));

        var error = Assert.Single(errors);
        Assert.Equal($"Route '{refused}': 'Transport' is 'http', but its cluster 'php' is marked 'fastcgi' by its route '{marking}': all routes of a cluster have its transport.", error);
    }

    [Fact]
    public async Task Load_BothRoutesContradictTheCluster_RefusesBoth()
    {
        var errors = await ProxyHost.LoadErrorsAsync(TwoRoutes(""" "Transport": "http" """, """ "Transport": "http" """, """ "Transport": "fastcgi" """));

        Assert.Equal(2, errors.Count);
        Assert.All(errors, error => Assert.EndsWith("but its cluster 'php' is marked 'fastcgi': all routes of a cluster have its transport.", error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(""" "Transport": "fastcgy" """, "", "Route 'site': 'Transport' is 'fastcgy', but must be 'fastcgi' or 'http'.")]
    [InlineData("", """ "Transport": "" """, "Cluster 'php': 'Transport' is '', but must be 'fastcgi' or 'http'.")]
    public async Task Load_UnknownMark_IsTheOnlyError(string route, string cluster, string expected)
    {
        var errors = await ProxyHost.LoadErrorsAsync(route, cluster, cluster.Length == 0 ? Http : """ "Address": "unix:/run/app.sock" """);

        Assert.Equal([expected], errors);
    }

    [Fact]
    public async Task Load_SectionAndMetadataDiffer_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync("", """ "Transport": "fastcgi", "Metadata": { "Transport": "http" } """, Http);

        Assert.Contains("Cluster 'php': 'Transport' is 'fastcgi' in the configuration section, but 'http' in Metadata (or in another section): keep one.", errors);
    }

    [Fact]
    public async Task Load_MarkOnRouteInCode_MarksItsClusterInTheSection()
    {
        var route = new RouteConfig { RouteId = "code", ClusterId = "PHP", Match = new RouteMatch { Path = "/" } }
            .WithFastCgi(new FastCgiRouteOptions { DocumentRoot = "/srv/app" });
        const string Json = """{ "ReverseProxy": { "Clusters": { "php": { "Destinations": { "a": { "Address": "unix:/run/app.sock" } } } } } }""";

        await using var host = ProxyHost.Load(Json, proxy => proxy.LoadFromMemory([route], []));

        Assert.True(TransportMark.IsFastCgi(host.Cluster("php").Config.Metadata));
    }

    [Fact]
    public async Task Load_RouteMarkedByAFilterOnly_AsksForTheMarkOnTheCluster()
    {
        var errors = await ProxyHost.LoadErrorsAsync(
            ProxyHost.Json(Root, "", Http),
            proxy => proxy.Services.Insert(0, ServiceDescriptor.Singleton<IProxyConfigFilter>(new RouteMarkingFilter())));

        Assert.Equal(["Route 'site': 'Transport' is 'fastcgi', but its cluster 'php' is not marked: a filter that marks a route must mark its cluster as well."], errors);
    }

    [Fact]
    public async Task Load_RouteWithoutCluster_IsLeftToYarp()
    {
        await using var host = ProxyHost.Load("""{ "ReverseProxy": { "Routes": { "site": { "ClusterId": "none", "Match": { "Path": "/" } } } } }""");

        Assert.False(TransportMark.IsFastCgi(host.Route("site").Metadata));
    }

    private static string Address(string mark) => mark == "fastcgi" ? """ "Address": "unix:/run/app.sock" """ : Http;

    private static string TwoRoutes(string one, string two, string cluster) => $$"""
        {
          "ReverseProxy": {
            "Routes": {
              "one": { "ClusterId": "php", "Match": { "Path": "/one" }, {{one}} },
              "two": { "ClusterId": "php", "Match": { "Path": "/two" }, {{two}} }
            },
            "Clusters": { "php": { "FastCgi": { "DocumentRoot": "/srv/app" }, "Destinations": { "a": { "Address": "unix:/run/app.sock" } }, {{cluster}} } }
          }
        }
        """;

    private sealed class RouteMarkingFilter : IProxyConfigFilter
    {
        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => ValueTask.FromResult(cluster);

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
            => ValueTask.FromResult(route.WithFastCgi());
    }
}
