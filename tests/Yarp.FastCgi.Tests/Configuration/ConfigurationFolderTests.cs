using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class ConfigurationFolderTests
{
    [Fact]
    public async Task Load_OptionsOnRouteAndCluster_StandInTheirMetadata()
    {
        await using var host = ProxyHost.Load(ProxyHost.Json(
            """
            "Transport": "fastcgi",
            "FastCgi": { "DocumentRoot": "/srv/app", "TryFiles": [ "{path}", "/index.php" ], "CheckFile": false, "Index": "i.php", "Params": { "APP_ENV": "prod", "EMPTY": "" } },
            "Metadata": { "Owner": "me" }
            """,
            """ "FastCgi": { "MaxConnections": 16, "KeepAlive": true, "QueueTimeout": "00:00:03" } """));

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Owner"] = "me",
                ["Transport"] = "fastcgi",
                ["FastCgi:DocumentRoot"] = "/srv/app",
                ["FastCgi:TryFiles:0"] = "{path}",
                ["FastCgi:TryFiles:1"] = "/index.php",
                ["FastCgi:CheckFile"] = "False",
                ["FastCgi:Index"] = "i.php",
                ["FastCgi:Params:APP_ENV"] = "prod",
                ["FastCgi:Params:EMPTY"] = "",
            },
            host.Route("site").Metadata);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Transport"] = "fastcgi",
                ["FastCgi:MaxConnections"] = "16",
                ["FastCgi:KeepAlive"] = "True",
                ["FastCgi:QueueTimeout"] = "00:00:03",
            },
            host.Cluster("php").Config.Metadata);
    }

    [Fact]
    public async Task Load_EmptyAndNullValues_AreNotSetOrEmptyLists()
    {
        await using var host = ProxyHost.Load(ProxyHost.Json(
            """ "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "/srv/app", "LocalRoot": null, "TryFiles": [], "Params": {} } """,
            """ "FastCgi": {} """));

        var settings = SettingsResolver.ResolveApplication(host.Cluster("php").Config.Metadata, host.Route("site").Metadata);

        Assert.Equal("/srv/app", settings.LocalRoot);
        Assert.Empty(settings.TryFiles);
        Assert.Empty(settings.Params);
    }

    [Fact]
    public async Task Load_EmptyListOnTheRoute_HidesTheListOfTheCluster()
    {
        await using var host = ProxyHost.Load(ProxyHost.Json(
            """ "Transport": "fastcgi", "FastCgi": { "TryFiles": [] } """,
            """ "FastCgi": { "DocumentRoot": "/srv/app", "TryFiles": [ "/index.php" ] } """));

        Assert.Empty(SettingsResolver.ResolveApplication(host.Cluster("php").Config.Metadata, host.Route("site").Metadata).TryFiles);
    }

    [Fact]
    public async Task Load_IdsInAnotherCaseThanTheSection_AreFound()
    {
        var route = new RouteConfig { RouteId = "SITE", ClusterId = "Php", Match = new RouteMatch { Path = "/" } };
        var cluster = new ClusterConfig
        {
            ClusterId = "PHP",
            Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = "unix:/run/app.sock" } },
        };
        const string Json = """
            {
              "ReverseProxy": {
                "routes": { },
                "clusters": { }
              },
              "Marks": {
                "Routes": { "site": { "Transport": "fastcgi" } },
                "Clusters": { "php": { "FastCgi": { "ScriptFile": "/srv/app.cgi" } } }
              }
            }
            """;

        await using var host = ProxyHost.Load(Json, proxy =>
        {
            proxy.LoadFromMemory([route], [cluster]);
            proxy.Services.AddSingleton(provider => new ProxySection(
                provider.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>().GetSection("Marks")));
        });

        Assert.Equal("/srv/app.cgi", host.Cluster("php").Config.Metadata!["FastCgi:ScriptFile"]);
    }

    [Fact]
    public async Task Load_ConventionalSection_IsReadWithoutBeingGiven()
    {
        var json = ProxyHost.Json(""" "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "/srv/app" } """, "");

        await using var host = ProxyHost.Load(json, proxy =>
        {
            proxy.Services.Remove(proxy.Services.Single(service => service.ServiceType == typeof(ProxySection)));
            proxy.Services.AddFastCgiConfiguration();
        });

        Assert.True(TransportMark.IsFastCgi(host.Cluster("php").Config.Metadata));
    }

    [Fact]
    public async Task Load_RegisteredTwice_ReportsEachErrorOnce()
    {
        var json = ProxyHost.Json(""" "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "srv" } """, "");

        var errors = await ProxyHost.LoadErrorsAsync(json, proxy => proxy.Services.AddFastCgiConfiguration().AddFastCgiConfiguration());

        Assert.Single(errors);
    }

    [Fact]
    public async Task Load_TwoSectionsThatDiffer_IsAnError()
    {
        var other = new ReloadableJson(ProxyHost.Json("", """ "FastCgi": { "QueueLimit": 6 } """).Replace("ReverseProxy", "Other", StringComparison.Ordinal));
        var configuration = new Microsoft.Extensions.Configuration.ConfigurationBuilder().Add(other).Build();

        var errors = await ProxyHost.LoadErrorsAsync(
            ProxyHost.Json(""" "FastCgi": { "DocumentRoot": "/srv" } """, """ "Transport": "fastcgi", "FastCgi": { "QueueLimit": 5 } """),
            proxy => proxy.Services.AddFastCgiConfiguration(configuration.GetSection("Other")));

        Assert.Equal(["Cluster 'php': 'FastCgi:QueueLimit' is '6' in the configuration section, but '5' in Metadata (or in another section): keep one."], errors);
    }

    [Fact]
    public async Task Load_MetadataInCodeAndSectionDiffer_IsAnError()
    {
        var route = new RouteConfig { RouteId = "site", ClusterId = "php", Match = new RouteMatch { Path = "/" } }
            .WithFastCgi(new FastCgiRouteOptions { DocumentRoot = "/one" });
        const string Json = """
            {
              "ReverseProxy": { "Clusters": { "php": { "Destinations": { "a": { "Address": "unix:/run/app.sock" } } } } },
              "Marks": { "Routes": { "site": { "FastCgi": { "DocumentRoot": "/two" } } } }
            }
            """;

        var errors = await ProxyHost.LoadErrorsAsync(Json, proxy =>
        {
            proxy.LoadFromMemory([route], []);
            proxy.Services.AddSingleton(provider => new ProxySection(
                provider.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>().GetSection("Marks")));
        });

        Assert.Equal(["Route 'site': 'FastCgi:DocumentRoot' is '/two' in the configuration section, but '/one' in Metadata (or in another section): keep one."], errors);
    }

    [Fact]
    public async Task Load_OptionsInMetadataOfTheFile_AreNotLostSilently()
    {
        var errors = await ProxyHost.LoadErrorsAsync(""" "Metadata": { "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "/srv" } }, "FastCgi": { "ScriptFile": "/a" } """, "");

        Assert.Equal(["Route 'site': 'FastCgi' in Metadata is an object, which YARP's metadata cannot hold: write 'FastCgi' beside 'Metadata' instead."], errors);
    }

    [Theory]
    [InlineData(""" "FastCgi": "on" """, "'FastCgi' is 'on', but takes options: write 'FastCgi:Option'.")]
    [InlineData(""" "FastCgi": [ "DocumentRoot" ] """, "'FastCgi:0' ('DocumentRoot') is not a known option.")]
    public async Task Load_SectionOfTheWrongShape_IsAnError(string section, string expected)
    {
        var errors = await ProxyHost.LoadErrorsAsync(section, """ "Transport": "fastcgi", "FastCgi": { "ScriptFile": "/a" } """);

        Assert.Equal(["Route 'site': " + expected], errors);
    }

    [Fact]
    public async Task Load_OptionOrMarkOnADestination_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync(
            "",
            """ "Transport": "fastcgi", "FastCgi": { "ScriptFile": "/a" } """,
            """ "Address": "unix:/run/app.sock", "Transport": "fastcgi", "FastCgi": { "MaxConnections": 3, "Interpreter": { "Command": "php-cgi" } } """);

        Assert.Equal(
            [
                "Cluster 'php': destination 'a': 'FastCgi:Interpreter:Command' ('php-cgi') is not a known option: a destination has none but 'Weight'. Options stand on the cluster or on the route.",
                "Cluster 'php': destination 'a': 'FastCgi:MaxConnections' ('3') is not a known option: a destination has none but 'Weight'. Options stand on the cluster or on the route.",
                "Cluster 'php': destination 'a': 'Transport' ('fastcgi') is not a known option: a destination has none but 'Weight'. Options stand on the cluster or on the route.",
            ],
            errors.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Load_HttpRouteAndCluster_AreUntouched()
    {
        var route = new RouteConfig { RouteId = "web", ClusterId = "web", Match = new RouteMatch { Path = "/" }, Metadata = new Dictionary<string, string> { ["a"] = "b" } };
        var cluster = new ClusterConfig { ClusterId = "web", Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = "http://localhost" } } };

        await using var host = ProxyHost.Load("{}", proxy => proxy.LoadFromMemory([route], [cluster]));

        Assert.Same(route.Metadata, host.Route("web").Metadata);
        Assert.Null(host.Cluster("web").Config.Metadata);
        Assert.Same(cluster.Destinations, host.Cluster("web").Config.Destinations);
    }
}
