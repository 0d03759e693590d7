using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Health;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>
/// The meter of the library; docs/observability.md lists what it measures. No attribute has a value that a client could choose: methods of no
/// standard are one, and so is every value that has no name here.
/// </summary>
internal sealed class FastCgiMetrics
{
    public const string MeterName = "Yarp.FastCgi";

    private const string ErrorType = "error.type";
    private const string State = "fastcgi.connection.state";

    // OpenTelemetry's conventions for durations of HTTP requests, and for those of connections.
    private static readonly double[] RequestBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] ConnectionBuckets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

    private readonly ConcurrentDictionary<ConnectionPool, MetricTags> _pools = new();

    private readonly Meter _meter;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<double> _responseHeadDuration;
    private readonly Histogram<double> _queueDuration;
    private readonly Histogram<double> _connectionDuration;
    private readonly UpDownCounter<long> _activeRequests;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;
    private readonly Counter<long> _stderr;
    private readonly Counter<long> _retries;

    public FastCgiMetrics(IMeterFactory factory)
    {
        var meter = _meter = factory.Create(MeterName);
        _requestDuration = CreateDuration(meter, "fastcgi.client.request.duration", "Duration of attempts, the wait for a connection and the whole response included.", RequestBuckets);
        _responseHeadDuration = CreateDuration(meter, "fastcgi.client.response_head.duration", "Time from the connection to the response head: what the application took for its first byte.", RequestBuckets);
        _queueDuration = CreateDuration(meter, "fastcgi.client.queue.duration", "Time in the queue of requests that had to wait for a connection.", RequestBuckets);
        _connectionDuration = CreateDuration(meter, "fastcgi.client.connection.duration", "Duration of connections that were closed.", ConnectionBuckets);
        _activeRequests = meter.CreateUpDownCounter<long>("fastcgi.client.active_requests", "{request}", "Attempts that are under way, those in the queue included.");
        _sent = meter.CreateCounter<long>("fastcgi.client.sent", "By", "Bytes sent to applications, record headers included.");
        _received = meter.CreateCounter<long>("fastcgi.client.received", "By", "Bytes received from applications, record headers included.");
        _stderr = meter.CreateCounter<long>("fastcgi.client.stderr", "By", "Bytes that applications wrote to stderr.");
        _retries = meter.CreateCounter<long>("fastcgi.client.retries", "{retry}", "Requests that were sent again.");
        meter.CreateObservableUpDownCounter("fastcgi.client.open_connections", ObserveConnections, "{connection}", "Connections that are open or being made.");
        meter.CreateObservableUpDownCounter("fastcgi.client.connection.limit", () => Observe(static pool => pool.IsRetired ? 0 : pool.MaxConnections), "{connection}", "Connections that there may be (MaxConnections).");
        meter.CreateObservableUpDownCounter("fastcgi.client.queued_requests", () => Observe(static pool => pool.WaitingCount), "{request}", "Requests that wait for a connection.");
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

    /// <summary>Whether anybody wants to know of requests: an attempt is not timed else.</summary>
    public bool MeasuresRequests
        => _requestDuration.Enabled || _responseHeadDuration.Enabled || _queueDuration.Enabled || _activeRequests.Enabled || _sent.Enabled || _received.Enabled;

    /// <summary>Measures the connections of a pool until it is retired.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="clusterId">Its cluster; null without one.</param>
    public void Register(ConnectionPool pool, string? clusterId)
    {
        Forget();
        var tags = new MetricTags(pool.Endpoint, clusterId);
        if (_pools.TryAdd(pool, tags))
        {
            pool.Closed = lifetime => _connectionDuration.Record(lifetime.TotalSeconds, tags.ToList());
        }
    }

    public MetricTags GetTags(ConnectionPool pool) => _pools.TryGetValue(pool, out var tags) ? tags : new MetricTags(pool.Endpoint, clusterId: null);

    public void OnRequestStarted(MetricTags tags) => _activeRequests.Add(1, tags.ToList());

    /// <param name="tags">The destination.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="statusCode">Status of the response, 0 without one.</param>
    /// <param name="errorType">What it failed with, if it failed.</param>
    /// <param name="duration">Of the attempt.</param>
    /// <param name="untilHead">From the connection to the response head; zero without one.</param>
    public void OnRequestEnded(MetricTags tags, string method, int statusCode, string? errorType, TimeSpan duration, TimeSpan untilHead)
    {
        _activeRequests.Add(-1, tags.ToList());
        var list = tags.With("http.request.method", AttemptActivity.GetKnownMethod(method));
        if (statusCode != 0)
        {
            list.Add("http.response.status_code", statusCode);
        }

        if (errorType is null && statusCode >= StatusCodes.Status400BadRequest)
        {
            errorType = statusCode.ToString(CultureInfo.InvariantCulture);
        }

        if (errorType is not null)
        {
            list.Add(ErrorType, errorType);
        }

        _requestDuration.Record(duration.TotalSeconds, list);
        if (untilHead > TimeSpan.Zero)
        {
            _responseHeadDuration.Record(untilHead.TotalSeconds, tags.ToList());
        }
    }

    /// <param name="tags">The destination.</param>
    /// <param name="errorType">What ended the wait, if it was no connection.</param>
    /// <param name="wait">The time in the queue.</param>
    public void OnQueueLeft(MetricTags tags, string? errorType, TimeSpan wait)
        => _queueDuration.Record(wait.TotalSeconds, errorType is null ? tags.ToList() : tags.With(ErrorType, errorType));

    public void OnBytes(MetricTags tags, long sent, long received)
    {
        var list = tags.ToList();
        _sent.Add(sent, list);
        _received.Add(received, list);
    }

    /// <param name="pool">The connections of the application.</param>
    /// <param name="count">Bytes.</param>
    public void OnStderr(ConnectionPool pool, int count)
    {
        if (_stderr.Enabled)
        {
            _stderr.Add(count, GetTags(pool).ToList());
        }
    }

    /// <param name="pool">The connections of the application that did not answer.</param>
    /// <param name="cause">A word of the option Retries:On, or status.</param>
    public void OnRetry(ConnectionPool pool, string cause)
    {
        if (_retries.Enabled)
        {
            _retries.Add(1, GetTags(pool).With("fastcgi.retry.cause", cause));
        }
    }

    private static Histogram<double> CreateDuration(Meter meter, string name, string description, double[] buckets)
        => meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });

    private IEnumerable<Measurement<long>> ObserveConnections()
        => [.. Observe(static pool => pool.OpenCount - pool.IdleCount, "active"), .. Observe(static pool => pool.IdleCount, "idle")];

    /// <summary>One measurement for each destination, although it may have pools of former configurations that still have connections.</summary>
    private List<Measurement<long>> Observe(Func<ConnectionPool, int> measure, string? state = null)
    {
        Forget();
        var sums = new Dictionary<(string, string?), (MetricTags Tags, long Sum)>();
        foreach (var (pool, tags) in _pools)
        {
            sums[tags.Key] = (tags, (sums.TryGetValue(tags.Key, out var earlier) ? earlier.Sum : 0) + measure(pool));
        }

        return [.. sums.Values.Select(entry => new Measurement<long>(entry.Sum, state is null ? entry.Tags.ToList() : entry.Tags.With(State, state)))];
    }

    /// <summary>Drops pools that the configuration has no more, once the last of their connections is closed.</summary>
    private void Forget()
    {
        foreach (var (pool, _) in _pools)
        {
            if (pool.IsRetired && pool.OpenCount == 0)
            {
                _pools.TryRemove(pool, out _);
            }
        }
    }

    private static IEnumerable<Measurement<long>> Processes(FpmReading reading)
    {
        yield return new Measurement<long>(reading.Status.Active, [.. Tags(reading), new("fastcgi.fpm.process.state", "active")]);
        yield return new Measurement<long>(reading.Status.Idle, [.. Tags(reading), new("fastcgi.fpm.process.state", "idle")]);
    }

    private static KeyValuePair<string, object?>[] Tags(FpmReading reading)
        => [new("fastcgi.cluster.id", reading.ClusterId), new("fastcgi.destination.id", reading.DestinationId)];
}
