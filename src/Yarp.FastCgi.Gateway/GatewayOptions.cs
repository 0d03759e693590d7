using Yarp.FastCgi.Client;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Listeners;

namespace Yarp.FastCgi.Gateway;

/// <summary>What the command line asked for, validated. Everything empty means: what appsettings.json says, else the demo.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Absolute path of the directory to serve; never without <see cref="App"/> or <see cref="Interpreter"/>.</summary>
    public string? Root { get; init; }

    /// <summary>The FastCGI application of <see cref="Root"/>, or of every path when there is no root.</summary>
    public FastCgiEndpoint? App { get; init; }

    /// <summary>The preset of <see cref="App"/> or <see cref="Interpreter"/>: a name, or the absolute path of a file. Null is <c>php</c> with a root, and none without.</summary>
    public string? Preset { get; init; }

    /// <summary>The program that the gateway starts as the application; <see cref="App"/> is then where it listens, or null for a socket of the gateway's own.</summary>
    public string? Interpreter { get; init; }

    /// <summary>Whether the command line names the application, so that no configuration does.</summary>
    public bool IsSingleSite => App is not null || Interpreter is not null;

    /// <summary>Absolute path of the configuration file read instead of appsettings.json.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Whether <c>Gateway:DnsRefresh</c> looks up hosts: those that are known only where the gateway will run are no error of its file.</summary>
    public bool LooksUpHosts { get; init; } = true;

    /// <summary>Where to listen; empty means the configured addresses, else <see cref="ListenAddress.Defaults"/>.</summary>
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [];

    /// <summary>Where to serve /healthz, /readyz, /metrics and /config; null means what the configuration says, else nowhere.</summary>
    public ListenAddress? Management { get; init; }

    /// <summary>Sockets to listen on that the service manager has passed.</summary>
    public IReadOnlyList<PassedSocket> Passed { get; init; } = [];
}
