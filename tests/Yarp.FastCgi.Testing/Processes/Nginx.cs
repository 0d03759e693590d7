using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Testing;

/// <summary>A real nginx with one server, in the foreground, on a free port of 127.0.0.1. All that it reads and writes is in a directory of its own.</summary>
public sealed partial class Nginx : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private ChildProcess? _process;

    private Nginx(string server, string build)
    {
        Version = Version.Parse(VersionPattern().Match(build).Groups[1].Value);
        File.WriteAllText(ConfigurationPath, Configuration(server, Path.GetDirectoryName(ConfigurationPathPattern().Match(build).Groups[1].Value)!));
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; } = FreePort.OnLoopback();

    public Version Version { get; }

    /// <summary>Its error log.</summary>
    public string Log => File.Exists(LogPath) ? File.ReadAllText(LogPath) : "";

    private string ConfigurationPath => _directory.Combine("nginx.conf");

    private string LogPath => _directory.Combine("error.log");

    /// <param name="server">Directives of the server. In them <c>include fastcgi.conf;</c> stands for the params that nginx is shipped with.</param>
    public static async Task<Nginx> StartAsync(string server)
    {
        var nginx = new Nginx(server, await DescribeBuildAsync());
        try
        {
            nginx._process = ChildProcess.Start(
                ExternalProgram.Require(ExternalProgram.Nginx), ["-p", nginx._directory.Path, "-c", nginx.ConfigurationPath, "-e", nginx.LogPath]);
            await nginx._process.WaitUntilListeningAsync(nginx.EndPoint);
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }

    /// <summary>Version and build options.</summary>
    private static async Task<string> DescribeBuildAsync()
    {
        using var process = Process.Start(new ProcessStartInfo(ExternalProgram.Require(ExternalProgram.Nginx), "-V") { RedirectStandardError = true })!;
        var build = await process.StandardError.ReadToEndAsync().WithinAsync("nginx to describe itself");
        await process.WaitForExitAsync().WithinAsync("nginx to end");
        return build;
    }

    private string Configuration(string server, string shippedDirectory)
    {
        string[] temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

        // A privileged master gives its workers to another user, who could not use the sockets of the tests.
        string[] user = Environment.IsPrivilegedProcess ? ["user root;"] : [];
        string[] lines =
        [
            .. user,
            "daemon off;",
            "worker_processes 1;",
            $"pid {_directory.Combine("nginx.pid")};",
            $"error_log {LogPath} info;",
            "events { worker_connections 256; }",
            "http {",
            "access_log off;",
            .. temporary.Select(name => $"{name}_temp_path {_directory.Combine(name)};"),
            "server {",
            string.Create(CultureInfo.InvariantCulture, $"listen {EndPoint};"),
            "server_name localhost;",
            server.Replace("include fastcgi.conf;", $"include {Path.Combine(shippedDirectory, "fastcgi.conf")};", StringComparison.Ordinal),
            "}",
            "}",
        ];
        return string.Join('\n', lines) + "\n";
    }

    [GeneratedRegex(@"nginx version: nginx/(\d+\.\d+\.\d+)")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"--conf-path=(\S+)")]
    private static partial Regex ConfigurationPathPattern();
}
