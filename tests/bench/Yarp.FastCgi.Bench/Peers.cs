using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>The servers, each with the configuration that is published in the directory peers.</summary>
internal static class Peers
{
    /// <summary>What the others are compared with.</summary>
    public const string Reference = "nginx-ka";

    private static readonly IReadOnlyDictionary<string, string> Inlined = new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1" };

    public static readonly IReadOnlyList<Peer> All =
    [
        new(Reference, "nginx, fastcgi_keep_conn on, keepalive 32, large buffers", static setup => StartNginx(setup, tuned: true)),
        new("nginx", "nginx as most people run it: no kept connections, default buffers", static setup => StartNginx(setup, tuned: false)) { Supports = KeepsConnections },
        new("haproxy", "HAProxy, option keep-conn, http-reuse always", StartHaproxy),
        new("lighttpd", "lighttpd, mod_fastcgi, which keeps no connections", StartLighttpd),
        new("apache", "Apache httpd, event MPM, mod_proxy_fcgi, which keeps no connections", StartApache),
        new("caddy", "Caddy, reverse_proxy with transport fastcgi, which keeps no connections", StartCaddy),
        new("gateway", "Yarp.FastCgi.Gateway, KeepAlive", static setup => StartGateway(setup, keep: true, isNative: false)) { IsJustInTime = true },
        new("gateway-aot", "the same as native code, compiled ahead of time", static setup => StartGateway(setup, keep: true, isNative: true)),
        new("gateway-close", "Yarp.FastCgi.Gateway as it is by default, without KeepAlive", static setup => StartGateway(setup, keep: false, isNative: false)) { IsJustInTime = true, Supports = KeepsConnections },
        new("library", "AddReverseProxy().AddFastCgi() in an application, KeepAlive, Kestrel's defaults", static setup => StartHost(setup, "library", FastCgiAddress(setup))) { IsJustInTime = true, Supports = IsPlain },
        new("direct", "MapFastCgi in an application, KeepAlive, inlined scheduling", static setup => StartHost(setup, "direct", FastCgiAddress(setup), Inlined)) { IsJustInTime = true, Supports = IsPlain },
        new("yarp-http", "YARP alone, HTTP to an application that speaks HTTP and gives the same answers", static setup => StartHost(setup, "http", $"http://127.0.0.1:{Number(setup.Application.HttpPort!.Value)}/"))
        {
            IsJustInTime = true,
            Supports = static setup => IsPlain(setup) && KeepsConnections(setup) && setup.Application.HttpPort is not null,
        },
    ];

    private static bool IsPlain(Setup setup) => setup.Certificate is null;

    // What is as it is by default takes no part where none may keep connections: it is in the other tables.
    private static bool KeepsConnections(Setup setup) => setup.Group.KeepAlive;

    private static ProcessGroup StartNginx(Setup setup, bool tuned)
    {
        var keep = tuned && setup.Group.KeepAlive;
        var buffers = tuned ? "fastcgi_buffer_size 64k; fastcgi_buffers 16 64k; fastcgi_busy_buffers_size 128k; client_body_buffer_size 128k;" : "";
        return setup.Start([
            "nginx", "-p", setup.Directory, "-c", setup.Write(
                "nginx.conf",
                ("cores", Number(setup.Group.Cores)),
                ("app", setup.IsUnix ? setup.Address : "127.0.0.1:" + setup.Address),
                ("upstream", keep ? "keepalive 32;" : ""),
                ("tuning", (keep ? "fastcgi_keep_conn on; " : "") + buffers),
                ("tls", setup.Certificate is null ? "" : "ssl http2"),
                ("certificate", setup.Certificate is { } file ? $"ssl_certificate {file}; ssl_certificate_key {file};" : "")),
        ]);
    }

    private static ProcessGroup StartHaproxy(Setup setup)
        => ProcessGroup.Start(setup.CoreList, [
            "haproxy", "-db", "-f", setup.Write(
                "haproxy.cfg",
                ("cores", Number(setup.Group.Cores)),
                ("app", setup.IsUnix ? "unix@" + setup.SocketPath : "127.0.0.1:" + setup.Address),
                ("keep", setup.Group.KeepAlive ? "option keep-conn" : "no option keep-conn"),
                ("tls", setup.Certificate is { } file ? $"ssl crt {file} alpn h2,http/1.1" : "")),
        ]);

    private static ProcessGroup StartLighttpd(Setup setup)
        => ProcessGroup.Start(setup.CoreList, [
            "lighttpd", "-D", "-f", setup.Write(
                "lighttpd.conf",
                ("cores", setup.Group.Cores > 1 ? $"server.max-worker = {Number(setup.Group.Cores)}" : ""),
                ("app", setup.IsUnix ? $"\"socket\" => \"{setup.SocketPath}\"" : $"\"host\" => \"127.0.0.1\", \"port\" => {setup.Address}"),
                ("tlsmodule", setup.Certificate is null ? "" : ", \"mod_openssl\""),
                ("tls", setup.Certificate is { } file ? $"ssl.engine = \"enable\"\nssl.pemfile = \"{file}\"" : "")),
        ]);

    private static ProcessGroup StartApache(Setup setup)
        => ProcessGroup.Start(setup.CoreList, [
            "apache2", "-DFOREGROUND", "-f", setup.Write(
                "apache.conf",
                ("app", setup.IsUnix ? $"{setup.Address}|fcgi://localhost/" : $"fcgi://127.0.0.1:{setup.Address}/"),
                ("tlsmodule", setup.Certificate is null ? "" : "LoadModule ssl_module modules/mod_ssl.so\nLoadModule http2_module modules/mod_http2.so"),
                ("tls", setup.Certificate is { } file ? $"SSLEngine on\nSSLCertificateFile {file}\nProtocols h2 http/1.1" : "")),
        ]);

    private static ProcessGroup StartCaddy(Setup setup)
        => setup.Start(
            [
                "caddy", "run", "--adapter", "caddyfile", "--config", setup.Write(
                    "Caddyfile",
                    ("app", setup.IsUnix ? "unix/" + setup.SocketPath : "127.0.0.1:" + setup.Address),
                    ("site", $"{(setup.Certificate is null ? "http" : "https")}://:{Number(setup.Port)}"),
                    ("tls", setup.Certificate is { } file ? $"tls {file} {file}" : "")),
            ],
            new Dictionary<string, string> { ["GOMAXPROCS"] = Number(setup.Group.Cores), ["HOME"] = setup.Directory });

    private static ProcessGroup StartGateway(Setup setup, bool keep, bool isNative)
    {
        var configuration = setup.Write("gateway.json", ("app", FastCgiAddress(setup)), ("keep", keep && setup.Group.KeepAlive ? "true" : "false"));
        var environment = new Dictionary<string, string>(Inlined);
        string[] program = [Path.Combine(AppContext.BaseDirectory, "gateway-aot", "Yarp.FastCgi.Gateway")];
        if (!isNative)
        {
            AddProbe(environment, setup);
            program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "gateway", "Yarp.FastCgi.Gateway.dll")];
        }

        if (setup.Certificate is { } file)
        {
            environment["Kestrel__Certificates__Default__Path"] = file;
            environment["Kestrel__Certificates__Default__KeyPath"] = file;
        }

        var scheme = setup.Certificate is null ? "http" : "https";
        return setup.Start([.. program, "--config", configuration, "--listen", $"{scheme}://127.0.0.1:{Number(setup.Port)}"], environment);
    }

    private static ProcessGroup StartHost(Setup setup, string mode, string application, IReadOnlyDictionary<string, string>? variables = null)
    {
        var environment = new Dictionary<string, string>(variables ?? new Dictionary<string, string>());
        AddProbe(environment, setup);
        string[] arguments = [mode, Number(setup.Port), application, setup.Group.KeepAlive ? "on" : "off", Number(setup.Group.MaxConnections), setup.Application.Root];
        return ProcessGroup.Start(setup.CoreList, ["dotnet", Path.Combine(AppContext.BaseDirectory, "host", "Yarp.FastCgi.Bench.Host.dll"), .. arguments], environment);
    }

    private static void AddProbe(Dictionary<string, string> environment, Setup setup)
    {
        environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "probe", "Yarp.FastCgi.Bench.Probe.dll");
        environment["BENCH_PROBE"] = AllocationProbe.PathOf(setup);
    }

    private static string FastCgiAddress(Setup setup) => setup.IsUnix ? setup.Address : "fastcgi://127.0.0.1:" + setup.Address;

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
