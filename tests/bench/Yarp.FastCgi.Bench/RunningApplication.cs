using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>The application behind the servers, on the core of the load.</summary>
internal sealed class RunningApplication : IDisposable
{
    private const string Core = "1";

    private readonly List<ProcessGroup> _processes = [];

    private RunningApplication(string address, string root)
    {
        Address = address;
        Root = root;
    }

    /// <summary>Where it speaks FastCGI: unix:/path, or a port of 127.0.0.1.</summary>
    public string Address { get; }

    /// <summary>DOCUMENT_ROOT.</summary>
    public string Root { get; }

    /// <summary>The port of 127.0.0.1 where the same answers are to be had by HTTP; null when there is none.</summary>
    public int? HttpPort { get; private set; }

    /// <param name="application">Which.</param>
    /// <param name="directory">For its files; its own.</param>
    /// <param name="port">It may listen on this one and the next.</param>
    public static RunningApplication Start(BenchApplication application, string directory, int port)
    {
        var root = Directory.CreateDirectory(Path.Combine(directory, "root")).FullName;
        var running = new RunningApplication(application == BenchApplication.Tcp ? Number(port) : "unix:" + Path.Combine(directory, "app.sock"), root);
        if (application == BenchApplication.PhpFpm)
        {
            running.StartPhpFpm(directory);
            return running;
        }

        running.HttpPort = port + 1;
        running.Start(Path.Combine(AppContext.BaseDirectory, "backend"), running.Address);
        running.Start(Path.Combine(AppContext.BaseDirectory, "backend"), "http", Number(port + 1));
        return running;
    }

    public void Dispose() => _processes.ForEach(process => process.Dispose());

    private void StartPhpFpm(string directory)
    {
        File.WriteAllText(Path.Combine(Root, "hello.php"), "<?php echo 'hello, world';");
        File.WriteAllText(Path.Combine(Root, "large.php"), "<?php echo str_repeat('0123456789', 10240);");
        var configuration = Path.Combine(directory, "fpm.conf");
        File.WriteAllText(
            configuration,
            $"""
            [global]
            error_log = {directory}/fpm.log
            [www]
            user = www-data
            group = www-data
            listen = {Address["unix:".Length..]}
            listen.mode = 0666
            listen.backlog = 4096
            pm = static
            pm.max_children = 40
            """);
        Start(PhpFpm(), "-F", "-R", "-y", configuration);
    }

    private void Start(params string[] command) => _processes.Add(ProcessGroup.Start(Core, command));

    // Debian's name has the version in it.
    private static string PhpFpm() => Directory.GetFiles("/usr/sbin", "php-fpm*").Order(StringComparer.Ordinal).Last();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
