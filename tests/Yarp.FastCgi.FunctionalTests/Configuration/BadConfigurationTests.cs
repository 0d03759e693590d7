using Yarp.FastCgi.FunctionalTests.Infrastructure;

namespace Yarp.FastCgi.FunctionalTests.Configuration;

public class BadConfigurationTests
{
    private const string Address = "unix:/run/app.sock";

    [Theory]
    [InlineData("http://127.0.0.1:9000")]
    [InlineData("ftp://127.0.0.1:9000")]
    [InlineData("unix:relative.sock")]
    [InlineData("/run/app.sock")]
    [InlineData("fastcgi://127.0.0.1:99999")]
    public Task Start_UnknownAddress_IsRefusedShowingTheRightForms(string address) =>
        AssertRefusedAsync(new ProxyJson(address), address, "fastcgi://", "unix:/");

    [Theory]
    [InlineData(""" "CheckFile": "Off", "Unheard": "of" """, "Unheard", "of")]
    [InlineData(""" "CheckFile": "Maybe" """, "CheckFile", "Maybe")]
    [InlineData(""" "CheckFile": "On" """, "DocumentRoot")]
    [InlineData(""" "DocumentRoot": "relative/root" """, "DocumentRoot", "relative/root")]
    [InlineData(""" "DocumentRoot": "/srv", "LocalRoot": "/no/such/directory" """, "LocalRoot", "/no/such/directory")]
    [InlineData(""" "CheckFile": "Off", "RequestBuffering": "perhaps" """, "RequestBuffering", "perhaps")]
    [InlineData(""" "CheckFile": "Off", "RequestBufferSize": -17 """, "RequestBufferSize", "-17")]
    [InlineData(""" "CheckFile": "Off", "RequestBufferDirectory": "/no/such/directory" """, "RequestBufferDirectory", "/no/such/directory")]
    [InlineData(""" "CheckFile": "Off", "ScriptExtensions": [ "php7" ] """, "ScriptExtensions", "php7")]
    [InlineData(""" "CheckFile": "Off", "Params": { "A=B": "x" } """, "Params", "A=B")]
    public Task Start_BadOptionOfTheRoute_IsRefusedWithKeyAndValue(string fastCgi, params string[] named) =>
        AssertRefusedAsync(new ProxyJson(Address) { FastCgi = fastCgi }, named);

    [Theory]
    [InlineData(""" "MaxConnections": 0 """, "MaxConnections", "0")]
    [InlineData(""" "MaxConnections": 70000 """, "MaxConnections", "70000")]
    [InlineData(""" "QueueLimit": -3 """, "QueueLimit", "-3")]
    [InlineData(""" "QueueTimeout": "-00:00:07" """, "QueueTimeout", "-00:00:07")]
    [InlineData(""" "ConnectTimeout": "00:00:00" """, "ConnectTimeout", "00:00:00")]
    [InlineData(""" "ResponseHeadTimeout": "soon" """, "ResponseHeadTimeout", "soon")]
    [InlineData(""" "KeepAlive": "often" """, "KeepAlive", "often")]
    [InlineData(""" "IdleTimeout": "-00:00:01" """, "IdleTimeout", "-00:00:01")]
    [InlineData(""" "MaxRequestsPerConnection": 0 """, "MaxRequestsPerConnection", "0")]
    [InlineData(""" "MaxConnectionLifetime": "-1" """, "MaxConnectionLifetime", "-1")]
    [InlineData(""" "MaxResponseHeadSize": 5 """, "MaxResponseHeadSize", "5")]
    public Task Start_BadOptionOfTheCluster_IsRefusedWithKeyAndValue(string fastCgi, params string[] named) =>
        AssertRefusedAsync(new ProxyJson(Address) { ClusterFastCgi = fastCgi }, named);

    [Theory]
    [InlineData(""" "HttpClient": { "WebProxy": { "Address": "http://proxy.example:8080" } } """, "WebProxy")]
    [InlineData(""" "HttpClient": { "DangerousAcceptAnyServerCertificate": true } """, "DangerousAcceptAnyServerCertificate")]
    [InlineData(""" "HttpClient": { "SslProtocols": [ "Tls13" ] } """, "SslProtocols")]
    [InlineData(""" "HttpRequest": { "Version": "2" } """, "Version")]
    public Task Start_SettingOfYarpThatMakesNoSense_IsRefused(string cluster, params string[] named) =>
        AssertRefusedAsync(new ProxyJson(Address) { Cluster = cluster }, named);

    [Fact]
    public Task Start_ContradictingTransports_IsRefusedNamingBoth() =>
        AssertRefusedAsync(new ProxyJson(Address) { Cluster = """ "Transport": "http" """ }, "Transport", "fastcgi", "http", "site", "app");

    [Fact]
    public Task Start_UnknownTransport_IsRefused() =>
        AssertRefusedAsync(new ProxyJson(Address).ToString().Replace("\"fastcgi\"", "\"carrier-pigeon\"", StringComparison.Ordinal), "Transport", "carrier-pigeon");

    [Fact]
    public Task Start_ManyMistakes_AreListedTogether() => AssertRefusedAsync(
        new ProxyJson("gopher://host", "unix:relative")
        {
            FastCgi = """ "CheckFile": "Maybe", "Unheard": "of" """,
            ClusterFastCgi = """ "MaxConnections": 70000, "QueueTimeout": "-00:00:07", "Surprise": "me" """,
            Cluster = """ "HttpClient": { "DangerousAcceptAnyServerCertificate": true } """,
        },
        "gopher://host", "unix:relative", "Maybe", "Unheard", "70000", "-00:00:07", "Surprise", "DangerousAcceptAnyServerCertificate");

    private static Task AssertRefusedAsync(ProxyJson json, params string[] named) => AssertRefusedAsync(json.ToString(), named);

    private static async Task AssertRefusedAsync(string json, params string[] named)
    {
        var exception = await Record.ExceptionAsync(async () => await (await TestProxy.StartAsync(json)).DisposeAsync());

        Assert.NotNull(exception);

        // YARP says that the configuration is invalid; the message beneath it lists every reason.
        var message = exception.InnerException!.Message;
        Assert.All(named, text => Assert.Contains(text, message, StringComparison.Ordinal));
    }
}
