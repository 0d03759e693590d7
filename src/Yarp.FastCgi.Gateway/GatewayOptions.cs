using Yarp.FastCgi.Client;
using Yarp.FastCgi.Gateway.CommandLine;

namespace Yarp.FastCgi.Gateway;

/// <summary>What the command line asked for, validated. Everything empty means: what appsettings.json says, else the demo.</summary>
internal sealed record GatewayOptions
{
    /// <summary>Absolute path of the directory to serve; never without <see cref="App"/>.</summary>
    public string? Root { get; init; }

    /// <summary>The FastCGI application of <see cref="Root"/>, or of every path when there is no root.</summary>
    public FastCgiEndpoint? App { get; init; }

    /// <summary>Absolute path of the configuration file read instead of appsettings.json.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>Where to listen; empty means the configured addresses, else <see cref="ListenAddress.Defaults"/>.</summary>
    public IReadOnlyList<ListenAddress> Listen { get; init; } = [];

    /// <summary>Where to serve /healthz, /readyz, /metrics and /config; null means what the configuration says, else nowhere.</summary>
    public ListenAddress? Management { get; init; }
}
