using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Makes exchanges, and keeps those that have ended for other requests.</summary>
internal sealed class FastCgiExchanges(TimeProvider timeProvider, FastCgiMetrics metrics, StderrLogs stderrLogs, ILogger<FastCgiForwarder> logger)
{
    // As many as requests are under way in a busy process.
    private const int MaxKept = 1024;

    private readonly DefaultObjectPool<FastCgiExchange> _pool = new(new Policy(timeProvider, metrics, stderrLogs, logger), MaxKept);

    public FastCgiExchange Begin(in ExchangeRequest request)
    {
        var exchange = _pool.Get();
        exchange.Begin(request);
        return exchange;
    }

    /// <summary>Takes back an exchange that was disposed and that nobody else knows any more. One that somebody may know is simply not given back.</summary>
    public void Return(FastCgiExchange exchange) => _pool.Return(exchange);

    private sealed class Policy(TimeProvider timeProvider, FastCgiMetrics metrics, StderrLogs stderrLogs, ILogger logger) : IPooledObjectPolicy<FastCgiExchange>
    {
        public FastCgiExchange Create() => new(timeProvider, metrics, stderrLogs, logger);

        public bool Return(FastCgiExchange exchange)
        {
            exchange.Reset();
            return true;
        }
    }
}
