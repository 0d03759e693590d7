using System.Text.Json;
using CsCheck;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class SettingsResolverTests
{
    [Fact]
    public void ResolveApplication_NothingSet_GivesTheDefaults()
    {
        var settings = SettingsResolver.ResolveApplication(null, null);

        Assert.Null(settings.DocumentRoot);
        Assert.Null(settings.LocalRoot);
        Assert.False(settings.ResolveRootSymlink);
        Assert.Equal(["index.php"], settings.Index);
        Assert.Equal([".php"], settings.ScriptExtensions);
        Assert.Empty(settings.TryFiles);
        Assert.Equal(FastCgiCheckFile.Auto, settings.CheckFile);
        Assert.Null(settings.ScriptFile);
        Assert.Empty(settings.Params);
        Assert.Empty(settings.PhpValues);
        Assert.Empty(settings.PhpAdminValues);
        Assert.True(settings.PassRequestHeaders);
        Assert.Empty(settings.UnderscoreHeaders);
        Assert.False(settings.TlsParams);
        Assert.True(settings.RequestBuffering);
        Assert.Equal(65536, settings.RequestBufferSize);
        Assert.Equal(Path.GetTempPath(), settings.RequestBufferDirectory);
        Assert.Null(settings.RequestBodyFileDirectory);
        Assert.Null(settings.LocalRequestBodyFileDirectory);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.RequestDrainTimeout);
        Assert.False(settings.IgnoreClientAbort);
        Assert.Equal(TimeSpan.FromMinutes(1), settings.ClientAbortTimeout);
        Assert.False(settings.Upgrade);
        Assert.True(settings.LocalRedirect);
        Assert.Empty(settings.InterceptErrors);
        Assert.Null(settings.ErrorPath);
        Assert.Empty(settings.XSendfileRoots);
        Assert.Empty(settings.XAccelRedirect);
    }

    [Fact]
    public void ResolveConnections_NothingSet_GivesTheDefaults()
        => Assert.Equal(
            new ConnectionSettings
            {
                MaxConnections = 100,
                QueueLimit = 1000,
                QueueTimeout = TimeSpan.FromSeconds(10),
                ConnectTimeout = TimeSpan.FromSeconds(5),
                ResponseHeadTimeout = TimeSpan.FromSeconds(60),
                KeepAlive = false,
                IdleTimeout = TimeSpan.FromSeconds(5),
                MaxIdleConnections = 65535,
                MaxRequestsPerConnection = 1000,
                MaxConnectionLifetime = TimeSpan.FromMilliseconds(100),
                MaxResponseHeadSize = 32768,
                Multiplexing = false,
                MaxMultiplexedRequests = 100,
                MultiplexingBufferSize = 16 * 1024 * 1024,
            },
            SettingsResolver.ResolveConnections(null, null));

    [Fact]
    public void ResolveRetries_NothingSet_GivesTheDefaults()
    {
        var retries = SettingsResolver.ResolveRetries(null);

        Assert.Equal(3, retries.MaxAttempts);
        Assert.Equal(RetryCause.ConnectFailure | RetryCause.StaleConnection | RetryCause.Overloaded, retries.Causes);
        Assert.Empty(retries.Statuses);
        Assert.Equal(["GET", "HEAD", "OPTIONS", "TRACE"], retries.Methods.Order());
        Assert.Equal(20, retries.Budget);
    }

    [Fact]
    public void ResolveRetries_EverythingSet_ArrivesInItsPlace()
    {
        var retries = SettingsResolver.ResolveRetries(new Dictionary<string, string>
        {
            ["FastCgi:Retries:MaxAttempts"] = "10",
            ["FastCgi:retries:on:0"] = "Empty-Response",
            ["FastCgi:Retries:On:1"] = "502-504",
            ["FastCgi:Retries:Methods"] = "PUT",
            ["FastCgi:Retries:Budget"] = "0",
        });

        Assert.Equal(10, retries.MaxAttempts);
        Assert.Equal(RetryCause.EmptyResponse, retries.Causes);
        Assert.Equal([new StatusRange(502, 504)], retries.Statuses);
        Assert.Equal(["PUT"], retries.Methods);
        Assert.Equal(0, retries.Budget);
    }

    [Theory]
    [InlineData(null, null, 100)]
    [InlineData(null, 7, 7)]
    [InlineData(3, 7, 3)]
    public void ResolveConnections_MaxConnectionsPerServer_IsTheDefaultOfMaxConnections(int? maxConnections, int? perServer, int expected)
    {
        var cluster = new ClusterConfig { ClusterId = "c" }.WithFastCgi(new FastCgiClusterOptions { MaxConnections = maxConnections });

        var settings = SettingsResolver.ResolveConnections(cluster.Metadata, new HttpClientConfig { MaxConnectionsPerServer = perServer });

        Assert.Equal(expected, settings.MaxConnections);
    }

    [Theory]
    [InlineData(null, 100)]
    [InlineData(7, 7)]
    public void ResolveConnections_MaxConnectionsAuto_BeginsWithTheDefault(int? perServer, int expected)
    {
        var cluster = new ClusterConfig { ClusterId = "c" }.WithFastCgi(new FastCgiClusterOptions { MaxConnections = FastCgiClusterOptions.AutoMaxConnections });

        Assert.Equal("auto", cluster.Metadata!["FastCgi:MaxConnections"]);
        Assert.Equal(expected, SettingsResolver.ResolveConnections(cluster.Metadata, new HttpClientConfig { MaxConnectionsPerServer = perServer }).MaxConnections);
        Assert.True(SettingsResolver.ResolveStatus(cluster.Metadata) is { FollowsCapacity: true, IsWanted: true });
    }

    [Fact]
    public void ResolveStatus_NothingSet_AsksNobody()
    {
        Assert.False(SettingsResolver.ResolveStatus(null).IsWanted);
        Assert.Equal(new StatusSettings(null, TimeSpan.FromSeconds(5), FollowsCapacity: false, Gateways: 1), SettingsResolver.ResolveStatus(null));
    }

    [Fact]
    public void Resolve_OptionsThatNeedACluster_AreErrors()
    {
        var exception = Assert.Throws<ArgumentException>(() => SettingsResolver.Resolve(
            new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off, MaxConnections = FastCgiClusterOptions.AutoMaxConnections, StatusPath = "/status" }));

        Assert.Contains("'FastCgi:MaxConnections' is 'auto', which needs a cluster: give a number.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'FastCgi:StatusPath' is '/status', which needs a cluster: remove it.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ResolveConnections_AnyValidOptions_AllArrive() => OptionsGen.Cluster.Sample(options =>
    {
        var cluster = new ClusterConfig { ClusterId = "c" }.WithFastCgi(options);

        AssertArrived(options, SettingsResolver.ResolveConnections(cluster.Metadata, null));
    });

    [Fact]
    public void ResolveApplication_AnyValidOptionsOnTheRouteOrTheCluster_AllArrive() => OptionsGen.Cluster.Sample(options =>
    {
        var cluster = new ClusterConfig { ClusterId = "c" }.WithFastCgi(options);
        var route = cluster.Metadata!.Where(pair => FastCgiSettings.All.Any(setting =>
            setting.Scope == SettingScope.RouteAndCluster && (pair.Key + ":").StartsWith(setting.Key + ":", StringComparison.Ordinal)));

        AssertArrived(options, SettingsResolver.ResolveApplication(cluster.Metadata, null));
        AssertArrived(options, SettingsResolver.ResolveApplication(null, new Dictionary<string, string>(route)));
    });

    [Fact]
    public void Merge_BothSet_RouteWinsAndMapsAreMergedByName() => Gen.Select(OptionsGen.Cluster, OptionsGen.Route).Sample((cluster, route) =>
    {
        var merged = SettingsResolver.Merge(cluster, route);

        foreach (var property in typeof(FastCgiRouteOptions).GetProperties())
        {
            if (property.PropertyType != typeof(IReadOnlyDictionary<string, string>))
            {
                Assert.Equal(property.GetValue(route) ?? property.GetValue(cluster), property.GetValue(merged));
                continue;
            }

            var expected = new Dictionary<string, string>(Map(cluster));
            foreach (var (name, value) in Map(route))
            {
                expected[name] = value;
            }

            Assert.Equal(expected, Map(merged));

            IReadOnlyDictionary<string, string> Map(FastCgiRouteOptions options)
                => (IReadOnlyDictionary<string, string>?)property.GetValue(options) ?? new Dictionary<string, string>();
        }
    });

    [Theory]
    [InlineData("/srv/app/", "/srv/app")]
    [InlineData("/srv/app", "/srv/app")]
    [InlineData("/", "/")]
    [InlineData("//", "/")]
    public void ResolveApplication_RootWithSlashAtItsEnd_LosesIt(string root, string expected)
    {
        var settings = SettingsResolver.ResolveApplication(null, new Dictionary<string, string> { ["FastCgi:DocumentRoot"] = root });

        Assert.Equal(expected, settings.DocumentRoot);
        Assert.Equal(expected, settings.LocalRoot);
    }

    [Fact]
    public void ResolveApplication_LocalRoot_WinsOverDocumentRoot()
    {
        var settings = SettingsResolver.ResolveApplication(
            new Dictionary<string, string> { ["FastCgi:DocumentRoot"] = "/app" },
            new Dictionary<string, string> { ["FastCgi:LocalRoot"] = "/srv/app/" });

        Assert.Equal("/app", settings.DocumentRoot);
        Assert.Equal("/srv/app", settings.LocalRoot);
    }

    [Fact]
    public void Resolve_ValidOptions_GivesAllSettings()
    {
        var (application, connections, retries) = SettingsResolver.Resolve(new FastCgiClusterOptions { ScriptFile = "/srv/app.cgi", MaxConnections = 2, Retries = new() { MaxAttempts = 5 } });

        Assert.Equal("/srv/app.cgi", application.ScriptFile);
        Assert.Equal(2, connections.MaxConnections);
        Assert.Equal(5, retries.MaxAttempts);
    }

    [Fact]
    public void Resolve_SeveralErrors_ListsAllInOneException()
    {
        var options = new FastCgiClusterOptions
        {
            MaxConnections = 0,
            QueueTimeout = TimeSpan.Zero,
            CheckFile = (FastCgiCheckFile)7,
            LocalRoot = "/no/such/directory",
            Params = new Dictionary<string, string> { [""] = "x" },
        };

        var exception = Assert.Throws<ArgumentException>(() => SettingsResolver.Resolve(options));

        Assert.Equal("options", exception.ParamName);
        Assert.Contains("'FastCgi:MaxConnections' is '0', but must be an integer from 1 to 65535 (connections), or auto.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'FastCgi:QueueTimeout' is '00:00:00'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'FastCgi:CheckFile' is '7'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'FastCgi:LocalRoot' is '/no/such/directory'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'FastCgi:Params:' ('x')", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'FastCgi:DocumentRoot' is missing", exception.Message, StringComparison.Ordinal);
    }

    // Every property of the settings has the value of the option of its name, when that is set.
    private static void AssertArrived<TSettings>(FastCgiClusterOptions options, TSettings settings)
    {
        foreach (var property in typeof(TSettings).GetProperties())
        {
            if (typeof(FastCgiClusterOptions).GetProperty(property.Name)!.GetValue(options) is { } value)
            {
                Assert.Equal(JsonSerializer.Serialize(value), JsonSerializer.Serialize(property.GetValue(settings)));
            }
        }
    }
}
