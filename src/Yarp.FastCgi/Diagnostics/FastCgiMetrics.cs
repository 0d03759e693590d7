using System.Diagnostics.Metrics;
using Yarp.FastCgi.Health;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>The meter of the library.</summary>
internal sealed class FastCgiMetrics
{
    public const string MeterName = "Yarp.FastCgi";

    private readonly Meter _meter;
    private readonly Counter<long> _retries;

    public FastCgiMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(MeterName);
        _retries = _meter.CreateCounter<long>("fastcgi.client.retries", "{retry}", "Requests that were sent again.");
    }

    /// <summary>Measures php-fpm pools by what they say of themselves.</summary>
    /// <param name="read">What is known at the moment.</param>
    public void ObserveFpm(Func<IEnumerable<FpmReading>> read)
    {
        _meter.CreateObservableGauge("fastcgi.fpm.processes", () => read().SelectMany(Processes), "{process}", "Workers of php-fpm, by what they do.");
        _meter.CreateObservableGauge("fastcgi.fpm.listen_queue", () => Each(static status => status.ListenQueue), "{connection}", "Connections that wait for a worker of php-fpm; 0 on unix sockets.");
        _meter.CreateObservableCounter("fastcgi.fpm.max_children_reached", () => Each(static status => status.MaxChildrenReached), "{occurrence}", "How often php-fpm wanted more workers than pm.max_children.");
        _meter.CreateObservableCounter("fastcgi.fpm.accepted_connections", () => Each(static status => status.Accepted), "{connection}", "Connections that php-fpm has accepted.");
        _meter.CreateObservableCounter("fastcgi.fpm.slow_requests", () => Each(static status => status.SlowRequests), "{request}", "Requests that took longer than php-fpm's request_slowlog_timeout.");

        IEnumerable<Measurement<long>> Each(Func<FpmStatus, long> value) => read().Select(reading => new Measurement<long>(value(reading.Status), Tags(reading)));
    }

    /// <param name="cause">A word of the option Retries:On, or status.</param>
    public void OnRetry(string cause) => _retries.Add(1, new KeyValuePair<string, object?>("fastcgi.retry.cause", cause));

    private static IEnumerable<Measurement<long>> Processes(FpmReading reading)
    {
        yield return new Measurement<long>(reading.Status.Active, [.. Tags(reading), new("fastcgi.fpm.process.state", "active")]);
        yield return new Measurement<long>(reading.Status.Idle, [.. Tags(reading), new("fastcgi.fpm.process.state", "idle")]);
    }

    private static KeyValuePair<string, object?>[] Tags(FpmReading reading)
        => [new("fastcgi.cluster", reading.ClusterId), new("fastcgi.destination", reading.DestinationId)];
}
