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
        _directory.WriteFile(
            "appsettings.json",
            $$"""
            {
              "Kestrel": { "Endpoints": { "http": { "Url": "http://127.0.0.1:0" } } },
              "ReverseProxy": {
                "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
                "Clusters": {
                  "app": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "a": { "Address": "{{application.Address}}" } } }
                }
              }
            }
            """);

        using var gateway = await GatewayProcess.StartAsync(_directory.Path);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        Assert.Equal("app /a/b", await client.GetStringAsync(new Uri(gateway.Url + "/a/b")));
        Assert.Contains("serves       the routes of appsettings.json", gateway.Report, StringComparison.Ordinal);
        Assert.Contains($"application  {application.Address}", gateway.Report, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StopAsync());
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

    public void Dispose() => _directory.Dispose();
}
