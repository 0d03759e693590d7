using System.Buffers;
using System.Text.Json;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Health;
using Yarp.FastCgi.Interpreters;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>Puts what the dashboard shows into JSON: numbers that change every second apart from what changes rarely.</summary>
internal sealed class DashboardView(IProxyStateLookup state, StatusMonitor statuses, InterpreterRegistry interpreters, RecentFailures failures, IHostApplicationLifetime lifetime, TimeProvider timeProvider)
{
    // Of what a configuration may have any number of. The page says how many there are.
    private const int MaxRows = 200;

    private readonly long _started = timeProvider.GetTimestamp();

    /// <summary>What the charts show of one second.</summary>
    public byte[] WritePoint(RequestSample sample) => Write(json =>
    {
        json.WriteNumber("time", timeProvider.GetUtcNow().ToUnixTimeSeconds());
        json.WriteNumber("uptime", (long)timeProvider.GetElapsedTime(_started).TotalSeconds);
        json.WriteBoolean("draining", lifetime.ApplicationStopping.IsCancellationRequested);
        json.WriteNumber("requests", sample.Requests);
        json.WriteNumber("failed", sample.Failed);
        json.WriteNumber("sent", sample.Sent);
        json.WriteNumber("received", sample.Received);
        WriteMilliseconds(json, "p50", sample.Median);
        WriteMilliseconds(json, "p95", sample.Percentile95);
        WriteMilliseconds(json, "p99", sample.Percentile99);
        int limit = 0, open = 0, idle = 0, queued = 0, inFlight = 0;
        foreach (var pool in GetPools())
        {
            limit += pool.MaxConnections;
            open += pool.OpenCount;
            idle += pool.IdleCount;
            queued += pool.WaitingCount;
            inFlight += pool.RequestCount;
        }

        json.WriteNumber("limit", limit);
        json.WriteNumber("busy", open - idle);
        json.WriteNumber("idle", idle);
        json.WriteNumber("queued", queued);
        json.WriteNumber("inFlight", inFlight);
    });

    /// <summary>What the tables show.</summary>
    public byte[] WriteState(RequestSample sample) => Write(json =>
    {
        json.WriteStartArray("errors");
        foreach (var (type, count) in sample.Errors.OrderByDescending(static entry => entry.Value).Take(MaxRows))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteClusters(json, sample);
        WriteInterpreters(json);
    });

    /// <summary>Routes: they change with the configuration.</summary>
    public byte[] WriteRoutes() => Write(json =>
    {
        var routes = state.GetRoutes().ToList();
        json.WriteNumber("count", routes.Count);
        json.WriteStartArray("routes");
        foreach (var route in routes.OrderBy(static route => route.Config.Order ?? 0).ThenBy(static route => route.Config.RouteId, StringComparer.Ordinal).Take(MaxRows))
        {
            var config = route.Config;
            json.WriteStartObject();
            json.WriteString("id", config.RouteId);
            json.WriteString("cluster", config.ClusterId);
            json.WriteString("hosts", config.Match.Hosts is { Count: > 0 } hosts ? string.Join(", ", hosts) : "any");
            json.WriteString("path", config.Match.Path ?? "any");
            json.WriteString("methods", config.Match.Methods is { Count: > 0 } methods ? string.Join(", ", methods) : "any");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public byte[] WriteFailures() => Write(json =>
    {
        json.WriteStartArray("failures");
        foreach (var failure in failures.Get())
        {
            json.WriteStartObject();
            json.WriteString("time", failure.Time);
            json.WriteString("method", failure.Method);
            json.WriteString("path", failure.Path);
            json.WriteNumber("status", failure.StatusCode);
            json.WriteString("error", failure.Error);
            json.WriteString("message", failure.Message);
            json.WriteString("trace", failure.TraceId);
            json.WriteString("route", failure.RouteId);
            json.WriteString("cluster", failure.ClusterId);
            json.WriteString("destination", failure.DestinationId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private IEnumerable<ConnectionPool> GetPools()
        => from cluster in state.GetClusters()
           let pools = (cluster.Model.HttpClient as FastCgiMessageInvoker)?.Pools
           where pools is not null
           from destination in cluster.DestinationsState.AllDestinations
           select pools.Get(destination.Model.Config.Address);

    private void WriteClusters(Utf8JsonWriter json, RequestSample sample)
    {
        var fpm = statuses.Read().ToDictionary(static reading => (reading.ClusterId, reading.DestinationId), static reading => reading.Status);
        var clusters = state.GetClusters().OrderBy(static cluster => cluster.ClusterId, StringComparer.Ordinal).ToList();
        var rows = 0;
        json.WriteNumber("destinationCount", clusters.Sum(static cluster => cluster.Destinations.Count));
        json.WriteStartArray("clusters");
        foreach (var cluster in clusters.Take(MaxRows))
        {
            var pools = (cluster.Model.HttpClient as FastCgiMessageInvoker)?.Pools;
            var destinations = cluster.DestinationsState;
            json.WriteStartObject();
            json.WriteString("id", cluster.ClusterId);
            json.WriteString("transport", pools is null ? "HTTP" : "FastCGI");
            json.WriteString("policy", cluster.Model.Config.LoadBalancingPolicy ?? "PowerOfTwoChoices");
            json.WriteStartArray("destinations");
            foreach (var destination in destinations.AllDestinations)
            {
                if (rows++ >= MaxRows)
                {
                    break;
                }

                WriteDestination(json, cluster, destination, destinations.AvailableDestinations.Contains(destination), pools, sample, fpm.GetValueOrDefault((cluster.ClusterId, destination.DestinationId)));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteDestination(
        Utf8JsonWriter json, ClusterState cluster, DestinationState destination, bool isAvailable, DestinationPools? pools, RequestSample sample, FpmStatus? fpm)
    {
        var address = destination.Model.Config.Address;
        json.WriteStartObject();
        json.WriteString("id", destination.DestinationId);
        json.WriteString("address", address);
        json.WriteBoolean("available", isAvailable);
        json.WriteString("active", destination.Health.Active.ToString());
        json.WriteString("passive", destination.Health.Passive.ToString());
        var count = DestinationKey.Of(cluster.ClusterId, address) is { } key ? sample.Destinations.GetValueOrDefault(key) : null;
        json.WriteNumber("requests", count?.Requests ?? 0);
        json.WriteNumber("failed", count?.Failed ?? 0);
        if (pools?.Get(address) is { } pool)
        {
            WritePool(json, pool);
        }
        else
        {
            json.WriteNumber("inFlight", destination.ConcurrentRequestCount);
        }

        if (fpm is not null)
        {
            json.WriteStartObject("fpm");
            json.WriteNumber("active", fpm.Active);
            json.WriteNumber("idle", fpm.Idle);
            json.WriteNumber("queue", fpm.ListenQueue);
            json.WriteNumber("maxReached", fpm.MaxChildrenReached);
            json.WriteNumber("slow", fpm.SlowRequests);
            json.WriteNumber("accepted", fpm.Accepted);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WritePool(Utf8JsonWriter json, ConnectionPool pool)
    {
        json.WriteNumber("inFlight", pool.RequestCount);
        json.WriteStartObject("pool");
        json.WriteNumber("limit", pool.MaxConnections);
        json.WriteNumber("open", pool.OpenCount);
        json.WriteNumber("idle", pool.IdleCount);
        json.WriteNumber("queued", pool.WaitingCount);
        json.WriteEndObject();
        json.WriteBoolean("congested", pool.Load is { IsCongested: true });
    }

    private void WriteInterpreters(Utf8JsonWriter json)
    {
        json.WriteStartArray("interpreters");
        foreach (var interpreter in interpreters.Interpreters.OrderBy(static interpreter => interpreter.Where, StringComparer.Ordinal).Take(MaxRows))
        {
            json.WriteStartObject();
            json.WriteString("where", interpreter.Where);
            json.WriteString("address", interpreter.Settings.Endpoint.ToString());
            json.WriteNumber("ready", interpreter.ReadyCount);
            json.WriteNumber("max", interpreter.Settings.MaxInstances);
            json.WriteNumber("uptime", (long)interpreter.Uptime.TotalSeconds);
            json.WriteNumber("restarts", interpreter.Restarts);
            json.WriteBoolean("failed", interpreter.IsFailed);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteMilliseconds(Utf8JsonWriter json, string name, double? seconds)
    {
        if (seconds is { } value)
        {
            json.WriteNumber(name, Math.Round(value * 1000, 2));
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }
}
