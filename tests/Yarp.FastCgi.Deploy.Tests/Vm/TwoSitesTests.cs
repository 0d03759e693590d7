using System.Globalization;
using System.Runtime.Versioning;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Vm;

/// <summary>deploy/vm with the real php-fpm and the real gateway: both sites answer, and neither reaches the other's pool.</summary>
public sealed class TwoSitesTests
{
    [Fact]
    public async Task Validate_ConfigurationAsItShips_IsRight() => await Validation.GatewayAcceptsAsync(Repository.Path("deploy", "vm", "gateway.json"));

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Sites_TwoPools_EachHasItsUserAndCannotReachTheOther()
    {
        await using var layout = await VmLayout.StartAsync();
        using var gateway = await GatewayProcess.StartAsync(layout.Directory, "--config", layout.ConfigFile, "--listen", "http://127.0.0.1:0", "--management", "http://127.0.0.1:0");
        using var client = new HttpClient { Timeout = TestTimeout.Default, BaseAddress = new Uri(gateway.Url) };

        foreach (var (site, other) in new[] { ("blog", "shop"), ("shop", "blog") })
        {
            Assert.Equal($"/* {site} */", await GetAsync(client, site, "/style.css"));
            var page = await GetAsync(client, site, $"/?socket={layout.Socket(other)}&file={layout.Directory}/srv/{other}/public/index.php");
            var own = await GetAsync(client, site, $"/?socket={layout.Socket(site)}&file={layout.Directory}/srv/{site}/public/index.php");

            Assert.EndsWith(" connected readable", own, StringComparison.Ordinal);
            Assert.StartsWith($"{site} ", page, StringComparison.Ordinal);

            // Without privileges php-fpm runs all pools as whoever started it; open_basedir holds all the same.
            Assert.EndsWith(Environment.IsPrivilegedProcess ? " refused unreadable" : " connected unreadable", page, StringComparison.Ordinal);
        }

        await Eventually.UntilAsync(async () => await gateway.ReadinessAsync() == System.Net.HttpStatusCode.OK, "the gateway to be ready");
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    [UnsupportedOSPlatform("windows")]
    public async Task Sockets_GatewayThatIsInTheGroups_MayConnectAndASiteToItsOwnOnly()
    {
        await using var layout = await VmLayout.StartAsync();
        if (!Environment.IsPrivilegedProcess)
        {
            // There is one user only: the modes are all that can be seen.
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(layout.Socket("blog")));
            return;
        }

        foreach (var site in (string[])["blog", "shop"])
        {
            Assert.True(await ConnectsAsync(VmLayout.GatewayUser, [VmLayout.User("blog"), VmLayout.User("shop")], layout.Socket(site)));
            Assert.False(await ConnectsAsync(VmLayout.GatewayUser, [VmLayout.GatewayUser], layout.Socket(site)));
            Assert.Equal(site == "blog", await ConnectsAsync(VmLayout.User("blog"), [VmLayout.User("blog")], layout.Socket(site)));
        }
    }

    private static async Task<string> GetAsync(HttpClient client, string site, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target) { Headers = { Host = $"{site}.example" } };
        using var response = await client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<bool> ConnectsAsync(int user, int[] groups, string socket)
    {
        var run = await ProgramRun.StartAsync(
            "setpriv",
            [
                string.Create(CultureInfo.InvariantCulture, $"--reuid={user}"),
                string.Create(CultureInfo.InvariantCulture, $"--regid={user}"),
                $"--groups={string.Join(',', groups)}",
                ExternalProgram.Find(ExternalProgram.Python)!,
                "-c",
                $"import socket; socket.socket(socket.AF_UNIX).connect('{socket}')",
            ]);
        Assert.True(run.ExitCode == 0 || run.Error.Contains("PermissionError", StringComparison.Ordinal), run.Error);
        return run.ExitCode == 0;
    }
}
