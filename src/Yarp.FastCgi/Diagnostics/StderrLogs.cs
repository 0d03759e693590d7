using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Forwarder;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>Where what applications write to stderr is logged: a category of its own, with a limit for each destination.</summary>
internal sealed class StderrLogs(ILoggerFactory loggers, TimeProvider timeProvider)
{
    public const string Category = "Yarp.FastCgi.Stderr";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    // A destination is as old as its connections: a limit goes with them.
    private readonly ConditionalWeakTable<ConnectionPool, StderrLimit> _limits = [];

    /// <summary>The log of one attempt.</summary>
    public StderrLog Begin(ConnectionPool pool, RequestSite site, Activity? activity)
        => new(site.Scoped(_logger), site.ToString(), _limits.GetValue(pool, CreateLimit), activity);

    private StderrLimit CreateLimit(ConnectionPool pool) => new(_logger, pool.Endpoint, timeProvider);
}
