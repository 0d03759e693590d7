using System.Text.Json;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>What the validators refuse, as YARP reports it.</summary>
public class ConfigurationValidationTests
{
    private const string Http = """ "Address": "http://localhost:8080" """;
    private const string Marked = """ "Transport": "fastcgi", "FastCgi": { "ScriptFile": "/srv/app.cgi" } """;
    private const string Forms = "Use fastcgi://host[:9000], fastcgi://[::1]:9000, unix:/absolute/path or unix:@name.";

    private static readonly string ExistingDirectory = JsonSerializer.Serialize(AppContext.BaseDirectory);

    [Theory]
    [InlineData("unix:/run/app.sock")]
    [InlineData("UNIX:///run/app.sock")]
    [InlineData("unix:@app")]
    [InlineData("fastcgi://localhost")]
    [InlineData("fastcgi://[::1]:9001")]
    public async Task Load_FastCgiAddress_IsAccepted(string address)
        => Assert.Empty(await ProxyHost.LoadErrorsAsync("", Marked, $$""" "Address": "{{address}}", "Health": "{{address}}" """));

    [Theory]
    [InlineData("Address", "http://localhost:8080", "has no scheme of a FastCGI address")]
    [InlineData("Address", "unix:run/app.sock", "names no absolute path and no abstract socket")]
    [InlineData("Health", "fastcgi://host:0", "has a port outside 1 to 65535")]
    public async Task Load_OtherAddressOnFastCgiCluster_ShowsTheRightForms(string key, string address, string reason)
    {
        var destination = key == "Address" ? $$""" "Address": "{{address}}" """ : $$""" "Address": "unix:@a", "{{key}}": "{{address}}" """;

        var errors = await ProxyHost.LoadErrorsAsync("", Marked, destination);

        Assert.Equal([$"Cluster 'php': destination 'a': '{key}' is '{address}'. The FastCGI address '{address}' {reason}. {Forms}"], errors);
    }

    [Fact]
    public async Task Load_EmptyAddressOnFastCgiCluster_IsReportedByYarpAlone()
        => Assert.Equal(["No address found for destination 'a' on cluster 'php'."], await ProxyHost.LoadErrorsAsync("", Marked, """ "Address": "" """));

    [Theory]
    [InlineData("unix:/run/app.sock", "")]
    [InlineData("Unix:@app", """ "Transport": "http" """)]
    [InlineData("fastcgi://localhost:9000", "")]
    [InlineData("FASTCGI:localhost:9000", "")]
    public async Task Load_FastCgiAddressWithoutMark_ExplainsTheMark(string address, string cluster)
    {
        var errors = await ProxyHost.LoadErrorsAsync("", cluster, $$""" "Address": "{{address}}" """);

        Assert.Equal(
            [$"Cluster 'php': destination 'a': 'Address' is '{address}', a FastCGI address, but the cluster is not marked FastCGI: add \"Transport\": \"fastcgi\" to the cluster or to a route of it. If it is there, AddFastCgi(section) was not given the section that LoadFromConfig was given."],
            errors);
    }

    [Theory]
    [InlineData(""" "FastCgi": { "DocumentRoot": "/srv" } """, "", "Route 'site': 'FastCgi:DocumentRoot' ('/srv') is set, but there is no 'Transport': add \"Transport\": \"fastcgi\" to the route or to its cluster, ")]
    [InlineData(""" "Transport": "http", "FastCgi": { "DocumentRoot": "/srv" } """, "", "Route 'site': 'FastCgi:DocumentRoot' ('/srv') is set, but 'Transport' is 'http': add \"Transport\": \"fastcgi\" to the route or to its cluster, ")]
    [InlineData("", """ "FastCgi": { "KeepAlive": true } """, "Cluster 'php': 'FastCgi:KeepAlive' ('True') is set, but there is no 'Transport': add \"Transport\": \"fastcgi\" to the cluster or to a route of it, ")]
    public async Task Load_OptionsWithoutMark_AsksForTheMark(string route, string cluster, string start)
    {
        var errors = await ProxyHost.LoadErrorsAsync(route, cluster, Http);

        Assert.Equal([start + "with destinations such as fastcgi://host:9000 or unix:/run/app.sock, or remove the options."], errors);
    }

    [Theory]
    [InlineData(""" "SslProtocols": [ "Tls12" ] """, "HttpClient:SslProtocols", "Tls12")]
    [InlineData(""" "DangerousAcceptAnyServerCertificate": false """, "HttpClient:DangerousAcceptAnyServerCertificate", "False")]
    [InlineData(""" "WebProxy": { "Address": "http://proxy:3128" } """, "HttpClient:WebProxy", "http://proxy:3128/")]
    [InlineData(""" "EnableMultipleHttp2Connections": true """, "HttpClient:EnableMultipleHttp2Connections", "True")]
    [InlineData(""" "RequestHeaderEncoding": "utf-8" """, "HttpClient:RequestHeaderEncoding", "utf-8")]
    [InlineData(""" "ResponseHeaderEncoding": "latin1" """, "HttpClient:ResponseHeaderEncoding", "latin1")]
    public async Task Load_HttpClientSettingOnFastCgiCluster_HasNoMeaning(string setting, string key, string value)
    {
        var errors = await ProxyHost.LoadErrorsAsync("", $$""" {{Marked}}, "HttpClient": { {{setting}} } """);

        Assert.Equal([$"Cluster 'php': '{key}' is '{value}', but has no meaning on a FastCGI cluster: remove it."], errors);
    }

    [Theory]
    [InlineData(""" "Version": "1.1" """, "HttpRequest:Version", "1.1")]
    [InlineData(""" "VersionPolicy": "RequestVersionExact" """, "HttpRequest:VersionPolicy", "RequestVersionExact")]
    public async Task Load_HttpVersionOnFastCgiCluster_HasNoMeaning(string setting, string key, string value)
    {
        var errors = await ProxyHost.LoadErrorsAsync("", $$""" {{Marked}}, "HttpRequest": { {{setting}} } """);

        Assert.Equal([$"Cluster 'php': '{key}' is '{value}', but has no meaning on a FastCGI cluster: remove it."], errors);
    }

    [Fact]
    public async Task Load_HttpSettingsOnHttpCluster_AreYarps()
        => Assert.Empty(await ProxyHost.LoadErrorsAsync("", """ "HttpRequest": { "Version": "1.1" }, "HttpClient": { "SslProtocols": [ "Tls12" ], "MaxConnectionsPerServer": 70000 } """, Http));

    [Fact]
    public async Task Load_HttpSettingsWithMeaningOnFastCgiCluster_AreAccepted()
        => Assert.Empty(await ProxyHost.LoadErrorsAsync(
            "",
            $$""" {{Marked}}, "HttpRequest": { "ActivityTimeout": "00:00:30", "AllowResponseBuffering": false }, "HttpClient": { "MaxConnectionsPerServer": 8 } """));

    [Fact]
    public async Task Load_MaxConnectionsPerServerAboveTheRange_IsAnErrorOnFastCgiCluster()
    {
        var errors = await ProxyHost.LoadErrorsAsync("", $$""" {{Marked}}, "HttpClient": { "MaxConnectionsPerServer": 65536 } """);

        Assert.Equal(["Cluster 'php': 'HttpClient:MaxConnectionsPerServer' is '65536', but must be an integer from 1 to 65535 (connections) on a FastCGI cluster."], errors);
    }

    [Fact]
    public async Task Load_NoRoot_IsAnErrorOfTheRoute()
    {
        var errors = await ProxyHost.LoadErrorsAsync(""" "Transport": "fastcgi" """, "");

        Assert.Equal(["Route 'site': 'FastCgi:DocumentRoot' is missing: it must be an absolute path such as /var/www/html (or C:\\www), unless 'FastCgi:ScriptFile' is set or 'FastCgi:CheckFile' is off."], errors);
    }

    [Theory]
    [InlineData(""" "FastCgi": { "DocumentRoot": "/srv" } """, "")]
    [InlineData("", """ "FastCgi": { "DocumentRoot": "/srv" } """)]
    [InlineData(""" "FastCgi": { "ScriptFile": "/srv/app.cgi" } """, "")]
    [InlineData("", """ "FastCgi": { "CheckFile": "off" } """)]
    [InlineData(""" "FastCgi": { "CheckFile": "off" } """, """ "FastCgi": { "CheckFile": "on" } """)]
    public async Task Load_RootOrSomethingInstead_IsAccepted(string route, string cluster)
        => Assert.Empty(await ProxyHost.LoadErrorsAsync(""" "Transport": "fastcgi", """ + route, cluster));

    [Fact]
    public async Task Load_FastCgiClusterWithoutRoute_NeedsNoRoot()
        => Assert.Empty(await ProxyHost.LoadErrorsAsync("""{ "ReverseProxy": { "Clusters": { "php": { "Transport": "fastcgi", "Destinations": { "a": { "Address": "unix:@a" } } } } } }"""));

    [Fact]
    public async Task Load_CheckFileOnWithoutRootOnThisMachine_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync(""" "Transport": "fastcgi", "FastCgi": { "CheckFile": true } """, """ "FastCgi": { "DocumentRoot": "/no/such/root" } """);

        Assert.Equal(["Route 'site': 'FastCgi:CheckFile' is 'on', but the root is missing on this machine: 'FastCgi:DocumentRoot' is '/no/such/root'. Set 'FastCgi:LocalRoot' to where this machine sees the files, or 'FastCgi:CheckFile' to auto."], errors);
    }

    [Fact]
    public async Task Load_CheckFileOnWithoutAnyRoot_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync(""" "Transport": "fastcgi", "FastCgi": { "CheckFile": true, "ScriptFile": "/srv/app.cgi" } """, "");

        Assert.Equal(["Route 'site': 'FastCgi:CheckFile' is 'on', but there is no root to look into: set 'FastCgi:DocumentRoot' or 'FastCgi:LocalRoot', or leave 'FastCgi:CheckFile' out."], errors);
    }

    [Fact]
    public async Task Load_CheckFileOnWithRootOnThisMachine_IsAccepted()
    {
        Assert.Empty(await ProxyHost.LoadErrorsAsync($$""" "Transport": "fastcgi", "FastCgi": { "CheckFile": true, "DocumentRoot": {{ExistingDirectory}} } """, ""));
        Assert.Empty(await ProxyHost.LoadErrorsAsync($$""" "Transport": "fastcgi", "FastCgi": { "CheckFile": true, "DocumentRoot": "/no/such/root", "LocalRoot": {{ExistingDirectory}} } """, ""));
    }

    [Theory]
    [InlineData("LocalRoot")]
    [InlineData("RequestBufferDirectory")]
    public async Task Load_DirectoryThatDoesNotExist_IsReportedWhereItStands(string option)
    {
        var options = $$""" "FastCgi": { "{{option}}": "/no/such/directory" } """;
        var expected = $"'FastCgi:{option}' is '/no/such/directory', but must be the absolute path of a directory that exists on this machine.";
        const string RouteMark = """ "Transport": "fastcgi", "FastCgi": { "ScriptFile": "/a" } """;

        Assert.Equal(
            ["Route 'site': " + expected],
            await ProxyHost.LoadErrorsAsync(options, Marked));
        Assert.Equal(["Cluster 'php': " + expected], await ProxyHost.LoadErrorsAsync(RouteMark, options));
    }

    [Fact]
    public async Task Load_ResolveRootSymlinkWithLocalRoot_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync($$""" "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "/srv", "LocalRoot": {{ExistingDirectory}} } """, """ "FastCgi": { "ResolveRootSymlink": true } """);

        Assert.Equal([$"Route 'site': 'FastCgi:ResolveRootSymlink' is 'true', but the root's links are the application's, seen at 'FastCgi:LocalRoot' ('{AppContext.BaseDirectory}'): keep one of the two."], errors);
    }

    [Fact]
    public async Task Load_OptionOfTheClusterOnTheRoute_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync(""" "FastCgi": { "KeepAlive": true } """, Marked);

        Assert.Equal(["Route 'site': 'FastCgi:KeepAlive' ('True') describes connections and cannot stand on a route: set it on the cluster."], errors);
    }

    [Fact]
    public async Task Load_InvalidRootOnTheCluster_IsNotCalledMissingOnTheRoute()
    {
        var errors = await ProxyHost.LoadErrorsAsync("", """ "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "www" } """);

        Assert.Equal(["Cluster 'php': 'FastCgi:DocumentRoot' is 'www', but must be an absolute path such as /var/www/html (or C:\\www)."], errors);
    }

    [Fact]
    public async Task Load_RouteAndClusterWithoutIds_GetYarpsErrors()
    {
        var route = new RouteConfig { Match = new RouteMatch { Path = "/" }, ClusterId = "" }.WithFastCgi();
        var cluster = new ClusterConfig { ClusterId = "" }.WithFastCgi();

        var errors = await ProxyHost.LoadErrorsAsync("{}", proxy => Microsoft.Extensions.DependencyInjection.InMemoryConfigProviderExtensions.LoadFromMemory(proxy, [route], [cluster]));

        Assert.Contains("Missing Route Id.", errors);
        Assert.Contains("Missing Cluster Id.", errors);
    }

    [Fact]
    public async Task Load_PhpValuesTwice_AreAnErrorWhereverTheyStand()
    {
        const string Values = """ "FastCgi": { "CheckFile": "off", "PhpValues": { "a": "1" }, "PhpAdminValues": { "b": "1" } } """;
        const string Params = """ "FastCgi": { "Params": { "PHP_VALUE": "a=2", "PHP_ADMIN_VALUE": "" } } """;

        var errors = await ProxyHost.LoadErrorsAsync($""" "Transport": "fastcgi", {Params} """, Values);

        Assert.Equal(
            [
                "Route 'site': 'FastCgi:PhpValues' is set, and 'FastCgi:Params:PHP_VALUE' ('a=2') as well: keep one of the two.",
                "Route 'site': 'FastCgi:PhpAdminValues' is set, and 'FastCgi:Params:PHP_ADMIN_VALUE' ('') as well: keep one of the two.",
            ],
            errors);
        Assert.Equal(
            ["Cluster 'php': 'FastCgi:PhpValues' is set, and 'FastCgi:Params:PHP_VALUE' ('a=2') as well: keep one of the two."],
            (await ProxyHost.LoadErrorsAsync("", """ "Transport": "fastcgi", "FastCgi": { "CheckFile": "off", "PhpValues": { "a": "1" }, "Params": { "PHP_VALUE": "a=2" } } """)).Where(error => error.StartsWith("Cluster", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Load_PhpValuesThatFitNoRecord_AreAnError()
    {
        var value = new string('x', 65_496);
        Assert.Empty(await ProxyHost.LoadErrorsAsync("", Values(value)));

        Assert.Equal(
            ["Cluster 'php': 'FastCgi:PhpValues' has 65497 bytes as PHP_VALUE, but a FastCGI record carries at most 65496.", "Route 'site': 'FastCgi:PhpValues' has 65497 bytes as PHP_VALUE, but a FastCGI record carries at most 65496."],
            (await ProxyHost.LoadErrorsAsync("", Values(value + "x"))).Order());

        static string Values(string value) => $$""" "Transport": "fastcgi", "FastCgi": { "CheckFile": "off", "PhpValues": { "a": "{{value[4..]}}" } } """;
    }

    [Theory]
    [InlineData(""" "RequestBodyFileDirectory": "/no/such/directory" """, "'FastCgi:RequestBodyFileDirectory' is '/no/such/directory', which is no directory of this machine: set 'FastCgi:LocalRequestBodyFileDirectory' to where this machine sees it.")]
    [InlineData(""" "LocalRequestBodyFileDirectory": "/" """, "'FastCgi:LocalRequestBodyFileDirectory' is '/', but 'FastCgi:RequestBodyFileDirectory' is not set: php-fpm must know its own name of the directory.")]
    [InlineData(""" "RequestBodyFileDirectory": "/no/such/directory", "LocalRequestBodyFileDirectory": "/" """, null)]
    [InlineData(""" "RequestBodyFileDirectory": "/" """, null)]
    [InlineData(""" "RequestBodyFileDirectory": "/", "Params": { "REQUEST_BODY_FILE": "" } """, "'FastCgi:RequestBodyFileDirectory' is set, and 'FastCgi:Params:REQUEST_BODY_FILE' ('') as well: keep one of the two.")]
    public async Task Load_RequestBodyFileDirectory_MustBeSeenHere(string options, string? error)
    {
        var errors = await ProxyHost.LoadErrorsAsync($$""" "Transport": "fastcgi", "FastCgi": { "CheckFile": "off", {{options}} } """, "");

        Assert.Equal(error is null ? [] : ["Route 'site': " + error], errors);
    }

    [Fact]
    public async Task Load_LocalRequestBodyFileDirectory_MustExist()
        => Assert.Equal(
            ["Route 'site': 'FastCgi:LocalRequestBodyFileDirectory' is '/no/such/directory', but must be the absolute path of a directory that exists on this machine."],
            await ProxyHost.LoadErrorsAsync(""" "Transport": "fastcgi", "FastCgi": { "CheckFile": "off", "RequestBodyFileDirectory": "/srv", "LocalRequestBodyFileDirectory": "/no/such/directory" } """, ""));
}
