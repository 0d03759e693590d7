namespace Yarp.FastCgi.Bench;

/// <summary>The kinds of load, in the order of the tables.</summary>
internal static class Scenarios
{
    private static readonly Group Unix = new();
    private static readonly Group PhpFpm = new(BenchApplication.PhpFpm);
    private static readonly Group Tls = new(Tls: true);

    public static readonly IReadOnlyList<Scenario> All =
    [
        new("200 B", Unix, "/200"),
        new("16 KiB", Unix, "/16384"),
        new("1 MiB", Unix, "/1048576"),
        new("POST 64 KiB", Unix, "/200") { Upload = 64 * 1024 },
        new("POST 10 MiB", Unix, "/200") { Upload = 10 * 1024 * 1024, Connections = 8 },
        new("cold", Unix, "/200") { IsCold = true },
        new("1 connection", Unix, "/200") { Connections = 1 },
        new("256 connections", Unix, "/200") { Connections = 256 },
        new("1024 connections", Unix, "/200") { Connections = 1024 },
        new("4096 connections", Unix, "/200") { Connections = 4096 },
        new("php-fpm hello", PhpFpm, "/hello.php"),
        new("php-fpm 100 KB", PhpFpm, "/large.php"),
        new("TCP", new(BenchApplication.Tcp), "/200"),
        new("TLS", Tls, "/200"),
        new("HTTP/2", Tls, "/200") { IsHttp2 = true },
        new("2 cores", new(Cores: 2), "/200") { Connections = 64 },
    ];
}
