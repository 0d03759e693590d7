namespace Yarp.FastCgi.Bench;

/// <summary>The application behind the servers.</summary>
internal enum BenchApplication
{
    /// <summary>backend.c on a unix socket.</summary>
    Unix,

    /// <summary>backend.c on TCP.</summary>
    Tcp,

    /// <summary>php-fpm on a unix socket.</summary>
    PhpFpm,
}

/// <summary>Who makes the load, and how.</summary>
internal enum LoadKind
{
    /// <summary>wrk: HTTP/1.1, on connections that are kept.</summary>
    Kept,

    /// <summary>wrk: HTTP/1.1, each request on a connection of its own.</summary>
    Cold,

    /// <summary>h2load: HTTP/2, four requests at a time on each connection.</summary>
    Http2,

    /// <summary>clients.c: HTTP/1.1, on connections that are kept and read slowly.</summary>
    Slow,

    /// <summary>clients.c: connections that are idle, and then wait for an answer. No load; memory is measured.</summary>
    Memory,
}

/// <summary>What servers have in common: they are started anew for each.</summary>
/// <param name="Application">What is behind them.</param>
/// <param name="Cores">How many they have.</param>
/// <param name="Tls">Whether they speak TLS with the clients.</param>
/// <param name="KeepAlive">Whether they may keep connections to the application.</param>
/// <param name="MaxConnections">How many connections to the application they may have, where that can be said.</param>
internal sealed record Group(BenchApplication Application = BenchApplication.Unix, int Cores = 1, bool Tls = false, bool KeepAlive = true, int MaxConnections = 32);

/// <summary>One kind of load.</summary>
/// <param name="Name">For the tables.</param>
/// <param name="Group">What the servers are started with.</param>
/// <param name="Path">What is asked for.</param>
internal sealed record Scenario(string Name, Group Group, string Path)
{
    /// <summary>Length of the request's body; none when 0.</summary>
    public int Upload { get; init; }

    public int Connections { get; init; } = 32;

    public LoadKind Kind { get; init; }

    /// <summary>Whether it takes part in the long run only, unless it is asked for.</summary>
    public bool IsLong { get; init; }
}
