using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>The application behind the servers, on the core of the load.</summary>
internal sealed class RunningApplication : IDisposable
{
    private const string Core = "1";

    private readonly ProcessGroup _process;

    private RunningApplication(ProcessGroup process, string address, string root)
    {
        _process = process;
        Address = address;
        Root = root;
    }

    /// <summary>unix:/path, or a port of 127.0.0.1.</summary>
    public string Address { get; }

    public string Root { get; }

    public static RunningApplication Start(BenchApplication application, string directory, int port)
    {
        var socket = Path.Combine(directory, "app.sock");
        var root = Directory.CreateDirectory(Path.Combine(directory, "root")).FullName;
        switch (application)
        {
            case BenchApplication.Tcp:
                var number = port.ToString(CultureInfo.InvariantCulture);
                return new(ProcessGroup.Start(Core, [Path.Combine(AppContext.BaseDirectory, "backend"), number]), number, root);

            case BenchApplication.PhpFpm:
                File.WriteAllText(Path.Combine(root, "hello.php"), "<?php echo 'hello, world';");
                File.WriteAllText(Path.Combine(root, "large.php"), "<?php echo str_repeat('0123456789', 10240);");
                var configuration = Path.Combine(directory, "fpm.conf");
                File.WriteAllText(
                    configuration,
                    $"""
                    [global]
                    error_log = {directory}/fpm.log
                    [www]
                    user = www-data
                    group = www-data
                    listen = {socket}
                    listen.mode = 0666
                    listen.backlog = 4096
                    pm = static
                    pm.max_children = 40
                    """);
                return new(ProcessGroup.Start(Core, [PhpFpm(), "-F", "-R", "-y", configuration]), "unix:" + socket, root);

            default:
                return new(ProcessGroup.Start(Core, [Path.Combine(AppContext.BaseDirectory, "backend"), "unix:" + socket]), "unix:" + socket, root);
        }
    }

    public void Dispose() => _process.Dispose();

    // Debian's name has the version in it.
    private static string PhpFpm() => Directory.GetFiles("/usr/sbin", "php-fpm*").Order(StringComparer.Ordinal).Last();
}
