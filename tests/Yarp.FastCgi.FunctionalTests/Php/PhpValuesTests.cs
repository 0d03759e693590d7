using System.Text;
using System.Text.Json;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

public class PhpValuesTests
{
    private const string Show = "<?php echo ini_get($_GET['name']), '|', @ini_set($_GET['name'], '77M') === false ? 'fixed' : 'free';";

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpValues_OfClusterAndRoute_AreMergedAndAppliedByPhp()
    {
        await using var site = await PhpSite.StartAsync(
            fastCgi: """ "PhpValues": { "arg_separator.output": "&amp;" }, "PhpAdminValues": { "user_agent": "of the route", "display_errors": true } """,
            clusterFastCgi: """ "PhpValues": { "arg_separator.output": ";", "error_reporting": "E_ALL & ~E_NOTICE" }, "PhpAdminValues": { "user_agent": "of the cluster", "post_max_size": "9M" } """);
        site.Write("show.php", Show);

        Assert.Equal("&amp;|free", await site.Client.GetStringAsync("/show.php?name=arg_separator.output"));
        Assert.Equal("32759|free", await site.Client.GetStringAsync("/show.php?name=error_reporting"));
        Assert.Equal("of the route|fixed", await site.Client.GetStringAsync("/show.php?name=user_agent"));
        Assert.Equal("1|fixed", await site.Client.GetStringAsync("/show.php?name=display_errors"));
        Assert.Equal("9M|fixed", await site.Client.GetStringAsync("/show.php?name=post_max_size"));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpValues_DirectiveInBoth_IsThatOfPhpAdminValues()
    {
        await using var site = await PhpSite.StartAsync(
            fastCgi: """ "PhpValues": { "memory_limit": "65M" } """,
            clusterFastCgi: """ "PhpAdminValues": { "memory_limit": "64M" } """);
        site.Write("show.php", Show);

        Assert.Equal("64M|fixed", await site.Client.GetStringAsync("/show.php?name=memory_limit"));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpValues_AnyText_ReachesPhpAsItStands()
    {
        string[] texts =
        [
            "", "a b", " a ", "it's", "'", "\"", "a\"b", "${PATH}", "\\", "a\\", "\\'", "a;b", "(", "!x", "a & b", "~", "none", "null", "On & off", "é",
            "[x]", "a=b", "#x", "E_ALL & ~", "E_ALL)", "'a' \"b\" 'c' ;",
        ];
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 1 });
        fpm.Files.Write("show.php", "<?php echo base64_encode(ini_get('user_agent')), ' ', ini_get('variables_order');");
        await using var proxy = await TestProxy.StartAsync(JsonWith(fpm, ""));

        for (var i = 0; i < texts.Length; i++)
        {
            // What stands behind it in the set must arrive too.
            var order = i % 2 == 0 ? "EGPCS" : "GPCS";
            Assert.Null(await proxy.ReloadAsync(JsonWith(fpm, $$""" "PhpValues": { "user_agent": {{JsonSerializer.Serialize(texts[i])}}, "variables_order": "{{order}}" } """)));

            var shown = (await proxy.Client.GetStringAsync("/show.php")).Split(' ');

            Assert.Equal(texts[i], Encoding.UTF8.GetString(Convert.FromBase64String(shown[0])));
            Assert.Equal(order, shown[1]);
        }
    }

    /// <summary>What the warning is about (G17): not wanted, but what php-fpm does.</summary>
    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("PhpValues", "64M|free")]
    [InlineData("PhpAdminValues", "64M|fixed")]
    public async Task PhpValues_RouteWithoutThem_RunsWithThoseOfTheRequestBefore(string option, string left)
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 1 });
        fpm.Files.Write("show.php", Show);
        fpm.Files.Write("with/show.php", Show);
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": {
                "with": { "ClusterId": "php", "Match": { "Path": "/with/{**path}" }, "FastCgi": { "{{option}}": { "user_agent": "64M" } } },
                "without": { "ClusterId": "php", "Match": { "Path": "/{**path}" } }
              },
              "Clusters": { "php": { "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "{{fpm.Files.Root}}" }, "Destinations": { "a": { "Address": "{{fpm.Address}}" } } } }
            }
            """);

        Assert.Equal("|free", await proxy.Client.GetStringAsync("/show.php?name=user_agent"));
        Assert.Equal(left, await proxy.Client.GetStringAsync("/with/show.php?name=user_agent"));
        Assert.Equal(left, await proxy.Client.GetStringAsync("/show.php?name=user_agent"));
        Assert.Contains(proxy.Logs.Ours, entry => entry.EventId.Name == "PhpSettingsDiffer" && entry.Message.Contains("user_agent (only 'with')", StringComparison.Ordinal));
    }

    /// <summary>The remedy: each request brings its full set.</summary>
    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpValues_SameDirectivesOnAllRoutes_EachRunsWithItsOwnValues()
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 1 });
        fpm.Files.Write("show.php", Show);
        fpm.Files.Write("other/show.php", Show);
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": {
                "other": { "ClusterId": "php", "Match": { "Path": "/other/{**path}" }, "FastCgi": { "PhpAdminValues": { "user_agent": "other" } } },
                "one": { "ClusterId": "php", "Match": { "Path": "/{**path}" }, "FastCgi": { "PhpAdminValues": { "user_agent": "one" } } }
              },
              "Clusters": { "php": { "Transport": "fastcgi", "FastCgi": { "DocumentRoot": "{{fpm.Files.Root}}" }, "Destinations": { "a": { "Address": "{{fpm.Address}}" } } } }
            }
            """);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("one|fixed", await proxy.Client.GetStringAsync("/show.php?name=user_agent"));
            Assert.Equal("other|fixed", await proxy.Client.GetStringAsync("/other/show.php?name=user_agent"));
        }
    }

    private static ProxyJson JsonWith(PhpFpm fpm, string fastCgi) => new(fpm.Address)
    {
        FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """ + (fastCgi.Length == 0 ? "" : "," + fastCgi),
    };
}
