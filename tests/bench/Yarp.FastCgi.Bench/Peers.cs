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
        new("nginx", "nginx as most people run it: no kept connections, default buffers", static setup => StartNginx(setup, tuned: false)),
        new("haproxy", "HAProxy, option keep-conn, http-reuse always", static setup => StartHaproxy(setup, keep: true)),
        new("haproxy-close", "HAProxy, no option keep-conn", static setup => StartHaproxy(setup, keep: false)),
        new("lighttpd", "lighttpd, mod_fastcgi", StartLighttpd),
        new("apache", "Apache httpd, event MPM, mod_proxy_fcgi", StartApache),
        new("caddy", "Caddy, reverse_proxy with transport fastcgi", StartCaddy),
        new("gateway", "Yarp.FastCgi.Gateway, KeepAlive", static setup => StartGateway(setup, keep: true)) { IsDotNet = true },
        new("gateway-close", "Yarp.FastCgi.Gateway as it is by default, without KeepAlive", static setup => StartGateway(setup, keep: false)) { IsDotNet = true },
        new("library", "AddReverseProxy().AddFastCgi() in an application, KeepAlive, Kestrel's defaults", static setup => StartHost(setup, "library", setup.Application)) { IsDotNet = true, Supports = static setup => setup.Certificate is null },
        new("direct", "MapFastCgi in an application, KeepAlive, inlined scheduling", static setup => StartHost(setup, "direct", setup.Application, Inlined)) { IsDotNet = true, Supports = static setup => setup.Certificate is null },
    ];

    private static ProcessGroup StartNginx(Setup setup, bool tuned)
        => ProcessGroup.Start(setup.CoreList, [
            "nginx", "-p", setup.Directory, "-c", setup.Write(
                "nginx.conf",
                ("cores", Number(setup.Cores)),
                ("app", setup.IsUnix ? setup.Application : "127.0.0.1:" + setup.Application),
                ("upstream", tuned ? "keepalive 32;" : ""),
                ("tuning", tuned ? "fastcgi_keep_conn on; fastcgi_buffer_size 64k; fastcgi_buffers 16 64k; fastcgi_busy_buffers_size 128k; client_body_buffer_size 128k;" : ""),
                ("tls", setup.Certificate is null ? "" : "ssl"),
                ("certificate", setup.Certificate is { } file ? $"ssl_certificate {file}; ssl_certificate_key {file};" : "")),
        ]);

    private static ProcessGroup StartHaproxy(Setup setup, bool keep)
        => ProcessGroup.Start(setup.CoreList, [
            "haproxy", "-db", "-f", setup.Write(
                "haproxy.cfg",
                ("cores", Number(setup.Cores)),
                ("app", setup.IsUnix ? "unix@" + setup.SocketPath : "127.0.0.1:" + setup.Application),
                ("keep", keep ? "option keep-conn" : "no option keep-conn"),
                ("tls", setup.Certificate is { } file ? "ssl crt " + file : "")),
        ]);

    private static ProcessGroup StartLighttpd(Setup setup)
        => ProcessGroup.Start(setup.CoreList, [
            "lighttpd", "-D", "-f", setup.Write(
                "lighttpd.conf",
                ("cores", setup.Cores > 1 ? $"server.max-worker = {Number(setup.Cores)}" : ""),
                ("app", setup.IsUnix ? $"\"socket\" => \"{setup.SocketPath}\"" : $"\"host\" => \"127.0.0.1\", \"port\" => {setup.Application}"),
                ("tlsmodule", setup.Certificate is null ? "" : ", \"mod_openssl\""),
                ("tls", setup.Certificate is { } file ? $"ssl.engine = \"enable\"\nssl.pemfile = \"{file}\"" : "")),
        ]);

    private static ProcessGroup StartApache(Setup setup)
        => ProcessGroup.Start(setup.CoreList, [
            "apache2", "-DFOREGROUND", "-f", setup.Write(
                "apache.conf",
                ("app", setup.IsUnix ? $"{setup.Application}|fcgi://localhost/" : $"fcgi://127.0.0.1:{setup.Application}/"),
                ("tlsmodule", setup.Certificate is null ? "" : "LoadModule ssl_module modules/mod_ssl.so"),
                ("tls", setup.Certificate is { } file ? $"SSLEngine on\nSSLCertificateFile {file}" : "")),
        ]);

    private static ProcessGroup StartCaddy(Setup setup)
        => ProcessGroup.Start(
            setup.CoreList,
            [
                "caddy", "run", "--adapter", "caddyfile", "--config", setup.Write(
                    "Caddyfile",
                    ("app", setup.IsUnix ? "unix/" + setup.SocketPath : "127.0.0.1:" + setup.Application),
                    ("site", $"{(setup.Certificate is null ? "http" : "https")}://:{Number(setup.Port)}"),
                    ("tls", setup.Certificate is { } file ? $"tls {file} {file}" : "")),
            ],
            new Dictionary<string, string> { ["GOMAXPROCS"] = Number(setup.Cores), ["HOME"] = setup.Directory });

    private static ProcessGroup StartGateway(Setup setup, bool keep)
    {
        var configuration = setup.Write("gateway.json", ("app", Address(setup.Application)), ("keep", keep ? "true" : "false"));
        var environment = new Dictionary<string, string>(Inlined);
        AddProbe(environment, setup);
        if (setup.Certificate is { } file)
        {
            environment["Kestrel__Certificates__Default__Path"] = file;
            environment["Kestrel__Certificates__Default__KeyPath"] = file;
        }

        var scheme = setup.Certificate is null ? "http" : "https";
        return ProcessGroup.Start(
            setup.CoreList,
            ["dotnet", Path.Combine(AppContext.BaseDirectory, "gateway", "Yarp.FastCgi.Gateway.dll"), "--config", configuration, "--listen", $"{scheme}://127.0.0.1:{Number(setup.Port)}"],
            environment);
    }

    private static ProcessGroup StartHost(Setup setup, string mode, string application, IReadOnlyDictionary<string, string>? variables = null)
    {
        var environment = new Dictionary<string, string>(variables ?? new Dictionary<string, string>());
        AddProbe(environment, setup);
        return ProcessGroup.Start(
            setup.CoreList,
            ["dotnet", Path.Combine(AppContext.BaseDirectory, "host", "Yarp.FastCgi.Bench.Host.dll"), mode, Number(setup.Port), Address(application), "on", setup.Root],
            environment);
    }

    private static void AddProbe(Dictionary<string, string> environment, Setup setup)
    {
        environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "probe", "Yarp.FastCgi.Bench.Probe.dll");
        environment["BENCH_PROBE"] = AllocationProbe.PathOf(setup);
    }

    private static string Address(string application) => application.StartsWith("unix:", StringComparison.Ordinal) ? application : "fastcgi://127.0.0.1:" + application;

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
