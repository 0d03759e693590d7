namespace Yarp.FastCgi.Bench;

/// <summary>The kinds of load, in the order of the tables.</summary>
internal static class Scenarios
{
    private static readonly Group Unix = new();
    private static readonly Group PhpFpm = new(BenchApplication.PhpFpm);
    private static readonly Group Tls = new(Tls: true);

    // Of many clients that wait, each has its own connection to the application.
    private static readonly Group Many = new(MaxConnections: 2000);

    public static readonly IReadOnlyList<Scenario> All =
    [
        new("200 B", Unix, "/200"),
        new("16 KiB", Unix, "/16384"),
        new("1 MiB", Unix, "/1048576"),
        new("POST 64 KiB", Unix, "/200") { Upload = 64 * 1024 },
        new("POST 10 MiB", Unix, "/200") { Upload = 10 * 1024 * 1024, Connections = 8 },
        new("cold", Unix, "/200") { Kind = LoadKind.Cold },
        new("1 connection", Unix, "/200") { Connections = 1, IsLong = true },
        new("256 connections", Unix, "/200") { Connections = 256, IsLong = true },
        new("1024 connections", Unix, "/200") { Connections = 1024 },
        new("4096 connections", Unix, "/200") { Connections = 4096, IsLong = true },
        new("php-fpm hello", PhpFpm, "/hello.php"),
        new("php-fpm 100 KB", PhpFpm, "/large.php"),
        new("keep-alive off", new(KeepAlive: false), "/200"),
        new("TCP", new(BenchApplication.Tcp), "/200"),
        new("TLS", Tls, "/200"),
        new("HTTP/2", Tls, "/200") { Kind = LoadKind.Http2 },
        new("2 cores", new(Cores: 2), "/200") { Connections = 64 },
        new("memory", Many, "/200") { Kind = LoadKind.Memory, Connections = 1000 },
        new("1000 slow clients", Many, "/1048576") { Kind = LoadKind.Slow, Connections = 1000 },
    ];
}
