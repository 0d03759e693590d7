using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy;

namespace Yarp.FastCgi.Gateway.Tests.Discovery;

public sealed class DnsRefreshTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(""" "DnsRefresh": "00:00:10" """, true)]
    [InlineData("", false)]
    public async Task DnsRefresh_OnOrOff_DecidesWhetherAddressesAreDestinations(string settings, bool isResolved)
    {
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "Gateway": { {{settings}} },
              "ReverseProxy": {
                "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "{**path}" } } },
                "Clusters": {
                  "php": {
                    "Transport": "fastcgi",
                    "FastCgi": { "CheckFile": "off" },
                    "Destinations": { "a": { "Address": "fastcgi://localhost:9000" }, "b": { "Address": "unix:/run/php.sock" } }
                  }
                }
              }
            }
            """);
        await using var app = GatewayApplication.Build(new GatewayOptions { ConfigFile = file });

        Assert.True(app.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("php", out var cluster));
        Assert.Equal("unix:/run/php.sock", cluster.Destinations["b"].Model.Config.Address);
        Assert.Equal(!isResolved, cluster.Destinations.ContainsKey("a"));
        Assert.Equal(isResolved, cluster.Destinations.Values.Any(destination => destination.DestinationId.StartsWith("a[", StringComparison.Ordinal) && destination.Model.Config.Address is "fastcgi://127.0.0.1:9000" or "fastcgi://[::1]:9000"));
    }

    [Fact]
    public void DnsRefresh_NameThatIsNotKnown_IsAnErrorOfTheStartThatNamesIt()
    {
        var file = _directory.WriteFile("gateway.json", """{ "Gateway": { "DnsRefresh": "00:00:05", "Sites": { "site": { "App": "fastcgi://php.invalid:9000" } } } }""");

        var exception = Record.Exception(() => GatewayApplication.Build(new GatewayOptions { ConfigFile = file }));

        var error = Assert.Single(StartupErrors.Describe(exception!));
        Assert.StartsWith("Failed to resolve host 'php.invalid': ", error, StringComparison.Ordinal);
        Assert.EndsWith(". The names of destinations are looked up at the start (Gateway:DnsRefresh).", error, StringComparison.Ordinal);
    }
}
