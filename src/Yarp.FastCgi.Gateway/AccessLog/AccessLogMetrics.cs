using System.Diagnostics.Metrics;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>What the access log tells of itself.</summary>
internal sealed class AccessLogMetrics
{
    public const string MeterName = "Yarp.FastCgi.Gateway";

    private readonly Counter<long> _dropped;

    public AccessLogMetrics(IMeterFactory factory)
        => _dropped = factory.Create(MeterName).CreateCounter<long>(
            "gateway.access_log.dropped", "{request}", "Requests that are missing in the access log: they came faster than they could be written, or writing failed.");

    /// <param name="count">Requests.</param>
    public void OnDropped(int count) => _dropped.Add(count);
}
