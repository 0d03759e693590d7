using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class FastCgiConfigExtensionsTests
{
    [Fact]
    public void WithFastCgi_ClusterWithOptions_WritesMarkAndInvariantValues()
    {
        var cluster = new ClusterConfig { ClusterId = "c", Metadata = new Dictionary<string, string> { ["Owner"] = "me" } };

        var marked = cluster.WithFastCgi(new FastCgiClusterOptions
        {
            MaxConnections = 16,
            KeepAlive = true,
            QueueTimeout = TimeSpan.FromSeconds(1.5),
            CheckFile = FastCgiCheckFile.Off,
            Index = ["a.php", "b.php"],
            TryFiles = [],
            Params = new Dictionary<string, string> { ["APP_ENV"] = "prod" },
        });

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Owner"] = "me",
                ["Transport"] = "fastcgi",
                ["FastCgi:MaxConnections"] = "16",
                ["FastCgi:KeepAlive"] = "true",
                ["FastCgi:QueueTimeout"] = "00:00:01.5000000",
                ["FastCgi:CheckFile"] = "off",
                ["FastCgi:Index:0"] = "a.php",
                ["FastCgi:Index:1"] = "b.php",
                ["FastCgi:TryFiles"] = "",
                ["FastCgi:Params:APP_ENV"] = "prod",
            },
            marked.Metadata);
        Assert.Single(cluster.Metadata);
    }

    [Fact]
    public void WithFastCgi_OptionsAgain_ReplaceTheFirst()
    {
        var route = new RouteConfig { RouteId = "r" }
            .WithFastCgi(new FastCgiRouteOptions { DocumentRoot = "/one", Index = ["a", "b"] })
            .WithFastCgi(new FastCgiRouteOptions { Index = ["c"] });

        Assert.Equal(new Dictionary<string, string> { ["Transport"] = "fastcgi", ["FastCgi:Index:0"] = "c" }, route.Metadata);
    }

    [Fact]
    public void WithFastCgi_WithoutOptions_KeepsThem()
    {
        var route = new RouteConfig { RouteId = "r" }.WithFastCgi(new FastCgiRouteOptions { DocumentRoot = "/one" }).WithFastCgi();
        var cluster = new ClusterConfig { ClusterId = "c" }.WithFastCgi(new FastCgiClusterOptions { QueueLimit = 3 }).WithFastCgi();

        Assert.Equal("/one", route.Metadata!["FastCgi:DocumentRoot"]);
        Assert.Equal("3", cluster.Metadata!["FastCgi:QueueLimit"]);
    }

    [Fact]
    public void WithFastCgi_MetadataWithKeysThatDifferByCase_KeepsThem()
    {
        var cluster = new ClusterConfig { ClusterId = "c", Metadata = new Dictionary<string, string> { ["a"] = "1", ["A"] = "2" } }.WithFastCgi();

        Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["A"] = "2", ["Transport"] = "fastcgi" }, cluster.Metadata);
    }

    [Fact]
    public void WithFastCgi_NamesOfParamsThatDifferByCase_AreBothKept()
    {
        var route = new RouteConfig { RouteId = "r" }
            .WithFastCgi(new FastCgiRouteOptions { Params = new Dictionary<string, string> { ["a"] = "1", ["A"] = "2" } });

        Assert.Equal("1", route.Metadata!["FastCgi:Params:a"]);
        Assert.Equal("2", route.Metadata["fastcgi:params:A"]);
    }

    [Fact]
    public void WithFastCgi_ParamRenamedByCaseOnly_ChangesTheRoute()
    {
        var route = new RouteConfig { RouteId = "r" };

        Assert.NotEqual(
            route.WithFastCgi(new FastCgiRouteOptions { Params = new Dictionary<string, string> { ["App"] = "1" } }),
            route.WithFastCgi(new FastCgiRouteOptions { Params = new Dictionary<string, string> { ["APP"] = "1" } }));
    }

    [Fact]
    public void WithFastCgi_SameOptions_MakeEqualConfigs()
    {
        var options = new FastCgiClusterOptions { MaxConnections = 3, Params = new Dictionary<string, string> { ["A"] = "1" } };

        var first = new ClusterConfig { ClusterId = "c" }.WithFastCgi(options);
        var second = new ClusterConfig { ClusterId = "c" }.WithFastCgi(options);

        Assert.Equal(first, second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
    }

    [Fact]
    public void WithFastCgi_Null_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => ((ClusterConfig)null!).WithFastCgi());
        Assert.Throws<ArgumentNullException>(() => ((RouteConfig)null!).WithFastCgi());
        Assert.Throws<ArgumentNullException>(() => new ClusterConfig().WithFastCgi(null!));
        Assert.Throws<ArgumentNullException>(() => new RouteConfig().WithFastCgi(null!));
    }
}
