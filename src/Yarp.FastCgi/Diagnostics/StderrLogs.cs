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
    private readonly ScriptComplaints _complaints = new(timeProvider);

    // A destination is as old as its connections: a limit goes with them.
    private readonly ConditionalWeakTable<ConnectionPool, StderrLimit> _limits = [];

    /// <summary>The log of one attempt.</summary>
    /// <param name="pool">The connections of the application.</param>
    /// <param name="site">Where the request goes.</param>
    /// <param name="activity">The attempt's span; null when it has none.</param>
    /// <param name="scriptFile">SCRIPT_FILENAME as it was sent; null when it is not known.</param>
    public StderrLog Begin(ConnectionPool pool, RequestSite site, Activity? activity, string? scriptFile = null)
    {
        var (logger, where) = (site.Scoped(_logger), site.ToString());
        return new StderrLog(
            logger, where, _limits.GetValue(pool, CreateLimit), activity, scriptFile is null ? null : line => _complaints.OnLine(logger, where, pool.Endpoint, scriptFile, line));
    }

    private StderrLimit CreateLimit(ConnectionPool pool) => new(_logger, pool.Endpoint, timeProvider);
}
