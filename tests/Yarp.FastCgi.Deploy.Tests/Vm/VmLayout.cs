using System.Globalization;
using System.Net.Sockets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Vm;

/// <summary>
/// The two sites of deploy/vm, with the real php-fpm: the files as they ship, in a directory of their own. The users of the sites are numbers that nobody has, so that
/// nothing is changed on the machine.
/// </summary>
internal sealed class VmLayout : IAsyncDisposable
{
    public const int GatewayUser = 61000;

    private static readonly Dictionary<string, int> Users = new() { ["blog"] = 61001, ["shop"] = 61002 };

    private readonly TempDirectory _directory = new();
    private ChildProcess? _fpm;

    /// <summary>The gateway's configuration.</summary>
    public string ConfigFile { get; private set; } = "";

    public string Directory => _directory.Path;

    public static int User(string site) => Users[site];

    public string Socket(string site) => _directory.Combine($"run/{site}.sock");

    public static async Task<VmLayout> StartAsync()
    {
        var layout = new VmLayout();
        try
        {
            await layout.InstallAsync();
            await layout.StartFpmAsync();
            return layout;
        }
        catch
        {
            await layout.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_fpm is not null)
        {
            await _fpm.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task InstallAsync()
    {
        _directory.CreateDirectory("run");
        ConfigFile = _directory.WriteFile("gateway.json", await ReadAsync("gateway.json"));
        foreach (var (site, user) in Users)
        {
            _directory.WriteFile($"pool.d/{site}.conf", (await ReadAsync("php-fpm", $"{site}.conf")).Replace($"site-{site}", user.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
            _directory.WriteFile($"srv/{site}/public/style.css", $"/* {site} */");
            _directory.WriteFile(
                $"srv/{site}/public/index.php",
                $$"""
                <?php
                header('Content-Type: text/plain');
                echo '{{site}} ', function_exists('posix_geteuid') ? posix_geteuid() : '-', ' ', @fsockopen('unix://' . ($_GET['socket'] ?? '')) ? 'connected' : 'refused', ' ',
                    @file_get_contents($_GET['file'] ?? '') === false ? 'unreadable' : 'readable';
                """);
            _directory.CreateDirectory($"srv/{site}/tmp");
            if (Environment.IsPrivilegedProcess)
            {
                var owner = string.Create(CultureInfo.InvariantCulture, $"{user}:{user}");
                _ = (await ProgramRun.StartAsync("chown", ["-R", owner, _directory.Combine($"srv/{site}")])).Succeeded();
                _ = (await ProgramRun.StartAsync("chmod", ["0750", _directory.Combine($"srv/{site}")])).Succeeded();
            }
        }
    }

    private async Task StartFpmAsync()
    {
        var file = _directory.WriteFile("php-fpm.conf", $"[global]\nerror_log = {_directory.Combine("fpm.log")}\ndaemonize = no\ninclude = {_directory.Combine("pool.d/*.conf")}\n");
        _fpm = ChildProcess.Start(ExternalProgram.Find(ExternalProgram.PhpFpm)!, ["-F", "-y", file]);
        foreach (var site in Users.Keys)
        {
            await _fpm.WaitUntilListeningAsync(new UnixDomainSocketEndPoint(Socket(site)));
        }
    }

    /// <summary>A file of deploy/vm with its directories moved here.</summary>
    private async Task<string> ReadAsync(params string[] name)
        => (await File.ReadAllTextAsync(Repository.Path(["deploy", "vm", .. name])))
            .Replace("/run/php/", _directory.Combine("run") + "/", StringComparison.Ordinal)
            .Replace("/srv/", _directory.Combine("srv") + "/", StringComparison.Ordinal);
}
