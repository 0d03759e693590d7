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

/// <summary>What servers have in common: they are started anew for each.</summary>
internal sealed record Group(BenchApplication Application = BenchApplication.Unix, int Cores = 1, bool Tls = false)
{
    /// <summary>Only the servers with these names take part; null for all.</summary>
    public IReadOnlyList<string>? Only { get; init; }
}

/// <summary>One kind of load.</summary>
/// <param name="Name">For the tables.</param>
/// <param name="Group">What the servers are started with.</param>
/// <param name="Path">What is asked for.</param>
internal sealed record Scenario(string Name, Group Group, string Path)
{
    /// <summary>Length of the request's body; none when 0.</summary>
    public int Upload { get; init; }

    public int Connections { get; init; } = 32;

    /// <summary>Whether each request has a connection of its own.</summary>
    public bool IsCold { get; init; }

    /// <summary>HTTP/2 by h2load; HTTP/1.1 by wrk otherwise.</summary>
    public bool IsHttp2 { get; init; }
}
