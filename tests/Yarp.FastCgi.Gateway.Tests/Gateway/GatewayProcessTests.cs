using System.Net;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>The gateway as a process of its own, with a current directory of its own.</summary>
public sealed class GatewayProcessTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Process_AppSettingsWithReverseProxy_ServesIt()
    {
        await using var application = ScriptedResponder.Start(request => Reply.Text($"app {request["PATH_INFO"]}"));
        _directory.WriteFile("appsettings.json", Configuration("/{**path}", application));

        using var gateway = await GatewayProcess.StartAsync(_directory.Path);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        Assert.Equal("app /a/b", await client.GetStringAsync(new Uri(gateway.Url + "/a/b")));
        Assert.Contains("serves       the routes of appsettings.json", gateway.Report, StringComparison.Ordinal);
        Assert.Contains($"application  {application.Address}", gateway.Report, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task Process_ConfigOption_TakesThePlaceOfAppSettings()
    {
        await using var application = ScriptedResponder.Start(request => Reply.Text($"app {request["PATH_INFO"]}"));
        _directory.WriteFile("appsettings.json", Configuration("/default/{**path}", application));
        _directory.WriteFile("conf/gateway.json", Configuration("/given/{**path}", application));

        using var gateway = await GatewayProcess.StartAsync(_directory.Path, "--config", "conf/gateway.json");
        using var client = new HttpClient { Timeout = TestTimeout.Default };
        using var ofDefault = await client.GetAsync(new Uri(gateway.Url + "/default/a"));

        Assert.Equal("app /given/a", await client.GetStringAsync(new Uri(gateway.Url + "/given/a")));
        Assert.Equal(HttpStatusCode.NotFound, ofDefault.StatusCode);
    }

    [Fact]
    public async Task Process_AppOption_LeavesAppSettingsRoutesAside()
    {
        await using var configured = ScriptedResponder.Start(_ => Reply.Text("configured"));
        await using var given = ScriptedResponder.Start(_ => Reply.Text("given"));
        _directory.WriteFile("appsettings.json", Configuration("/{**path}", configured));

        using var gateway = await GatewayProcess.StartAsync(_directory.Path, "--app", given.Address);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        Assert.Equal("given", await client.GetStringAsync(new Uri(gateway.Url + "/x")));
    }

    [Fact]
    public async Task Process_RelativeRoot_IsBelowTheCurrentDirectory()
    {
        _directory.WriteFile("site/hello.txt", "hello");

        using var gateway = await GatewayProcess.StartAsync(
            _directory.Path, "--root", "site", "--app", "unix:/run/nobody.sock", "--listen", "http://127.0.0.1:0");
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        Assert.Equal("hello", await client.GetStringAsync(new Uri(gateway.Url + "/hello.txt")));
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task Process_UrlsOfTheEnvironment_AreListenedOn()
    {
        using var gateway = await GatewayProcess.StartAsync(
            _directory.Path, new Dictionary<string, string> { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0;http://127.0.0.1:0", ["Gateway__DrainDelay"] = "00:00:00" });
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        Assert.Equal(2, gateway.Urls.Count());
        Assert.Contains("<html", await client.GetStringAsync(new Uri(gateway.Urls.Last())), StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Equal("", await gateway.ReadLogAsync());
    }

    public void Dispose() => _directory.Dispose();

    private static string Configuration(string path, ScriptedResponder application) =>
        $$"""
        {
          "Kestrel": { "Endpoints": { "http": { "Url": "http://127.0.0.1:0" } } },
          "ReverseProxy": {
            "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "{{path}}" } } },
            "Clusters": {
              "app": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "a": { "Address": "{{application.Address}}" } } }
            }
          }
        }
        """;
}
