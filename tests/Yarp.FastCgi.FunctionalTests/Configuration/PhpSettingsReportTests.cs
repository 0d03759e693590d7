using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Infrastructure;

namespace Yarp.FastCgi.FunctionalTests.Configuration;

/// <summary>The warning of routes that bring different settings of PHP to one pool.</summary>
public class PhpSettingsReportTests
{
    private const string Advice = " php-fpm keeps what a request has set on its worker, for requests of other routes too, unless they set it again."
        + " Give each route a pool (a destination address) of its own, or the same PhpValues and PhpAdminValues.";

    [Theory]
    [InlineData(""" "PhpValues": { "memory_limit": "1G" } """, "", "memory_limit (only 'a')")]
    [InlineData(""" "PhpValues": { "memory_limit": "1G" } """, """ "PhpValues": { "memory_limit": "2G" } """, "memory_limit (different values)")]
    [InlineData(""" "PhpValues": { "memory_limit": "1G" } """, """ "PhpAdminValues": { "memory_limit": "1G" } """, "memory_limit (different values)")]
    [InlineData(""" "PhpAdminValues": { "x": "1", "y": "2" } """, """ "PhpAdminValues": { "x": "1", "z": "3" } """, "y (only 'a'), z (only 'b')")]
    [InlineData(""" "Params": { "PHP_VALUE": "x=1\ny=2" } """, """ "PhpValues": { "y": "2" } """, "x (only 'a')")]
    public async Task Load_RoutesWithDifferentSetsAtOneAddress_AreReported(string a, string b, string difference)
    {
        await using var proxy = await TestProxy.StartAsync(Json(a, b));

        var entry = Assert.Single(Warnings(proxy));
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Equal($"Routes 'a', 'b' send different PHP settings to unix:/run/one.sock (destination 'd' of cluster 'shared'): {difference}.{Advice}", entry.Message);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(""" "PhpValues": { "x": "1", "y": "2" } """, """ "PhpValues": { "y": "2", "x": "1" } """)]
    [InlineData(""" "PhpValues": { "x": "0" }, "PhpAdminValues": { "x": "1" } """, """ "PhpAdminValues": { "x": "1" } """)]
    [InlineData(""" "Params": { "PHP_VALUE": "x = 1" } """, """ "PhpValues": { "x": "1" } """)]
    public async Task Load_RoutesWithTheSameSets_AreNotReported(string a, string b)
    {
        await using var proxy = await TestProxy.StartAsync(Json(a, b));

        Assert.Empty(Warnings(proxy));
    }

    [Fact]
    public async Task Load_DifferentSetsAtDifferentAddresses_AreNotReported()
    {
        await using var proxy = await TestProxy.StartAsync("""
            {
              "Routes": {
                "a": { "ClusterId": "one", "Match": { "Path": "/a" } },
                "b": { "ClusterId": "two", "Match": { "Path": "/b" } }
              },
              "Clusters": {
                "one": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off", "PhpValues": { "x": "1" } }, "Destinations": { "d": { "Address": "unix:/run/one.sock" } } },
                "two": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "d": { "Address": "unix:/run/two.sock" } } }
              }
            }
            """);

        Assert.Empty(Warnings(proxy));
    }

    [Fact]
    public async Task Load_ClustersThatMeetAtAnAddressWrittenDifferently_AreReportedOnce()
    {
        await using var proxy = await TestProxy.StartAsync("""
            {
              "Routes": {
                "a": { "ClusterId": "one", "Match": { "Path": "/a" } },
                "b": { "ClusterId": "two", "Match": { "Path": "/b" } }
              },
              "Clusters": {
                "one": {
                  "Transport": "fastcgi",
                  "FastCgi": { "CheckFile": "off", "PhpValues": { "x": "1" } },
                  "Destinations": { "d": { "Address": "fastcgi://Host" }, "e": { "Address": "unix:/run/e.sock" }, "f": { "Address": "unix:/run/f.sock" } }
                },
                "two": {
                  "Transport": "fastcgi",
                  "FastCgi": { "CheckFile": "off" },
                  "Destinations": { "d": { "Address": "fastcgi://host:9000" }, "g": { "Address": "unix:///run/f.sock" } }
                }
              }
            }
            """);

        Assert.Equal(
            "Routes 'a', 'b' send different PHP settings to fastcgi://host:9000 (destination 'd' of cluster 'one', destination 'd' of cluster 'two'), "
                + $"unix:/run/f.sock (destination 'f' of cluster 'one', destination 'g' of cluster 'two'): x (only 'a').{Advice}",
            Assert.Single(Warnings(proxy)).Message);
    }

    [Fact]
    public async Task Reload_ReportsOnlyWhatHasChanged()
    {
        const string One = """ "PhpValues": { "x": "1" } """;
        await using var proxy = await TestProxy.StartAsync(Json(One, ""));
        Assert.Single(Warnings(proxy));

        Assert.Null(await proxy.ReloadAsync(Json(One, """ "Params": { "APP": "1" } """)));
        Assert.Single(Warnings(proxy));

        Assert.Null(await proxy.ReloadAsync(Json(One, """ "PhpValues": { "x": "2" } """)));
        Assert.Contains("x (different values)", Warnings(proxy)[^1].Message, StringComparison.Ordinal);
        Assert.Equal(2, Warnings(proxy).Count);

        Assert.NotNull(await proxy.ReloadAsync(Json(One, """ "PhpValues": { "": "2" } """)));
        Assert.Null(await proxy.ReloadAsync(Json(One, One)));
        Assert.Equal(2, Warnings(proxy).Count);

        Assert.Null(await proxy.ReloadAsync(Json(One, "")));
        Assert.Equal(3, Warnings(proxy).Count);
    }

    [Fact]
    public async Task Load_ManyRoutes_AreListedInPart()
    {
        var routes = string.Join(',', Enumerable.Range(10, 12).Select(i => $$""" "r{{i}}": { "ClusterId": "c", "Match": { "Path": "/{{i}}" }, "FastCgi": { "PhpValues": { "x": "{{i}}" } } } """));
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": { {{routes}} },
              "Clusters": { "c": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "d": { "Address": "unix:/run/one.sock" } } } }
            }
            """);

        Assert.StartsWith(
            "Routes 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'r16', 'r17', 'r18', 'r19' and 2 more send different PHP settings to unix:/run/one.sock",
            Assert.Single(Warnings(proxy)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task MapFastCgi_OtherSetThanARouteOfTheSameAddress_IsReported()
    {
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = Json(""" "PhpValues": { "x": "1" } """, """ "PhpValues": { "x": "1" } """),
            App = app => app.MapFastCgi("/direct", "unix:/run/one.sock", new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off }),
        });

        Assert.StartsWith(
            "Routes 'a', 'b', MapFastCgi '/direct' send different PHP settings to unix:/run/one.sock (destination 'd' of cluster 'shared'): x (only 'a', 'b').",
            Assert.Single(Warnings(proxy)).Message,
            StringComparison.Ordinal);
    }

    private static string Json(string a, string b) => $$"""
        {
          "Routes": {
            "a": { "ClusterId": "shared", "Match": { "Path": "/a" }, "FastCgi": { {{a}} } },
            "b": { "ClusterId": "shared", "Match": { "Path": "/b" }, "FastCgi": { {{b}} } }
          },
          "Clusters": {
            "shared": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "d": { "Address": "unix:/run/one.sock" } } }
          }
        }
        """;

    private static IReadOnlyList<LogEntry> Warnings(TestProxy proxy) => [.. proxy.Logs.Ours.Where(entry => entry.EventId.Name == "PhpSettingsDiffer")];
}
