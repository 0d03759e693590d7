namespace Yarp.FastCgi.Testing;

/// <summary>The pool of a <see cref="PhpFpm"/>.</summary>
public sealed record PhpFpmOptions
{
    /// <summary>pm.max_children, all started at once (pm = static).</summary>
    public int Children { get; init; } = 4;

    /// <summary>Whether the ping and the status have a socket and a process of their own as well (pm.status_listen).</summary>
    public bool StatusListen { get; init; }

    /// <summary>pm.max_requests: a worker ends after so many requests; 0 is never.</summary>
    public int MaxRequests { get; init; }

    /// <summary>ping.path.</summary>
    public string PingPath { get; init; } = "/fpm-ping";

    /// <summary>pm.status_path.</summary>
    public string StatusPath { get; init; } = "/fpm-status";

    /// <summary>security.limit_extensions: the files that it runs; empty is any.</summary>
    public string LimitExtensions { get; init; } = ".php .phar";

    /// <summary>Whether it listens on a free port of 127.0.0.1 rather than on a unix socket.</summary>
    public bool Tcp { get; init; }

    /// <summary>php.ini settings of the pool (php_admin_value).</summary>
    public IReadOnlyDictionary<string, string> Ini { get; init; } = new Dictionary<string, string>();
}
