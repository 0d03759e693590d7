using System.Diagnostics.Metrics;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>The meter of the library.</summary>
internal sealed class FastCgiMetrics
{
    public const string MeterName = "Yarp.FastCgi";

    private readonly Counter<long> _retries;

    public FastCgiMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(MeterName);
        _retries = meter.CreateCounter<long>("fastcgi.client.retries", "{retry}", "Requests that were sent again.");
    }

    /// <param name="cause">A word of the option Retries:On, or status.</param>
    public void OnRetry(string cause) => _retries.Add(1, new KeyValuePair<string, object?>("fastcgi.retry.cause", cause));
}
