using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A real php-fpm with one pool, in the foreground, on a socket of its own.</summary>
public sealed class PhpFpm : IAsyncDisposable
{
    /// <summary>The group of the workers when php-fpm is started by root; otherwise it is that of whoever started it.</summary>
    public const string Group = "www-data";

    private readonly PhpFpmOptions _options;
    private readonly EndPoint _endPoint;
    private ChildProcess? _process;

    private PhpFpm(PhpFpmOptions options)
    {
        _options = options;
        _endPoint = options.Tcp ? FreePort.OnLoopback() : new UnixDomainSocketEndPoint(Files.Combine("fpm.sock"));
        Address = options.Tcp ? $"fastcgi://{_endPoint}" : $"unix:{_endPoint}";
        File.WriteAllText(Files.Combine("fpm.conf"), Configuration());
    }

    public PhpFiles Files { get; } = new();

    /// <summary>Destination address; the same after a restart.</summary>
    public string Address { get; }

    /// <summary>The same, for a socket.</summary>
    public EndPoint EndPoint => _endPoint;

    /// <summary>Address of ping and status alone, with <see cref="PhpFpmOptions.StatusListen"/>.</summary>
    public string StatusAddress => $"unix:{StatusSocket}";

    public bool HasStatusAddress => _options.StatusListen;

    public string PingPath => _options.PingPath;

    public string StatusPath => _options.StatusPath;

    /// <summary>php-fpm's own log.</summary>
    public string Log => File.Exists(Files.Combine("fpm.log")) ? File.ReadAllText(Files.Combine("fpm.log")) : "";

    public static async Task<PhpFpm> StartAsync(PhpFpmOptions? options = null)
    {
        var fpm = new PhpFpm(options ?? new PhpFpmOptions());
        try
        {
            await fpm.StartProcessAsync();
            return fpm;
        }
        catch
        {
            await fpm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends one worker with SIGKILL, as the kernel does when memory is short; the master starts another.</summary>
    /// <param name="choose">Chooses among so many workers.</param>
    public void KillWorker(Func<int, int> choose) => _process!.KillChild(choose);

    /// <summary>Ends the master and its workers; requests in work are cut.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    public async Task StartProcessAsync()
    {
        _process = ChildProcess.Start(ExternalProgram.Require(ExternalProgram.PhpFpm), ["-F", "-y", Files.Combine("fpm.conf")]);
        await _process.WaitUntilListeningAsync(_endPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Files.Dispose();
    }

    private string StatusSocket => Files.Combine("status.sock");

    private string Configuration()
    {
        // Only a privileged master may and must name the user of its workers.
        string[] user = Environment.IsPrivilegedProcess ? ["user = www-data", $"group = {Group}"] : [];
        string[] lines =
        [
            "[global]",
            "daemonize = no",
            $"error_log = {Files.Combine("fpm.log")}",
            "[www]",
            .. user,
            string.Create(CultureInfo.InvariantCulture, $"listen = {_endPoint}"),
            "listen.mode = 0666",
            "pm = static",
            string.Create(CultureInfo.InvariantCulture, $"pm.max_children = {_options.Children}"),
            string.Create(CultureInfo.InvariantCulture, $"pm.max_requests = {_options.MaxRequests}"),
            $"ping.path = {_options.PingPath}",
            $"pm.status_path = {_options.StatusPath}",
            .. (string[])(_options.StatusListen ? [$"pm.status_listen = {StatusSocket}"] : []),
            $"security.limit_extensions = {_options.LimitExtensions}",
            "clear_env = yes",
            .. Files.Ini(_options.Ini).Select(setting => $"php_admin_value[{setting.Key}] = {setting.Value}"),
        ];
        return string.Join('\n', lines) + "\n";
    }
}
