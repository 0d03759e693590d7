using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>
/// A directory for the sockets of programs that the gateway starts, which no other user can enter. It is there while the gateway runs, in systemd's runtime
/// directory if it has one. Its name cannot be guessed, so that nobody else makes it before.
/// </summary>
internal sealed class RunDirectory : IHostedService
{
    private readonly Dictionary<string, string> _ports = new(StringComparer.OrdinalIgnoreCase);

    private bool _isNeeded;
    private bool _isRunning;

    private string FullPath { get; } = Path.Combine(Parent(), $"yarp-fastcgi-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");

    /// <summary>The address of a site's program: a socket in this directory, or a free port of the loopback address where programs know no unix sockets.</summary>
    public string AddressOf(string site)
    {
        lock (_ports)
        {
            if (!OperatingSystem.IsWindows())
            {
                _isNeeded = true;
                Create();
                return $"unix:{Path.Combine(FullPath, $"{site}.sock")}";
            }

            if (!_ports.TryGetValue(site, out var address))
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                _ports[site] = address = $"fastcgi://{socket.LocalEndPoint}";
            }

            return address;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_ports)
        {
            _isRunning = true;
            Create();
        }

        return Task.CompletedTask;
    }

    // It is registered in front of what runs the programs, and so stops behind it.
    public Task StopAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(FullPath))
        {
            Directory.Delete(FullPath, recursive: true);
        }

        return Task.CompletedTask;
    }

    // Only where it is needed: by a site of the start, or of a later change. To check a configuration nothing is made.
    private void Create()
    {
        if (_isRunning && _isNeeded && !OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(FullPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string Parent()
    {
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("RUNTIME_DIRECTORY")?.Split(':')[0],
            Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"),
        ];
        return candidates.FirstOrDefault(Directory.Exists) ?? Path.GetTempPath();
    }
}
