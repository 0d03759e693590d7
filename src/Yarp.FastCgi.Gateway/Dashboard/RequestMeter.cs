using System.Diagnostics.Metrics;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>Counts attempts while somebody looks, from the library's meter: in all, for each destination, and by what they failed with.</summary>
internal sealed class RequestMeter : IDisposable
{
    // Percentiles are of so many seconds: one alone has too few requests to say much.
    private const int Window = 10;

    // Names come from the configuration and from a list in the code, so this is reached by huge configurations only.
    private const int MaxEntries = 1000;

    private readonly MeterListener _listener;
    private readonly Lock _lock = new();
    private readonly LatencyHistogram[] _seconds = [.. Enumerable.Range(0, Window).Select(static _ => new LatencyHistogram())];
    private readonly Dictionary<DestinationKey, DestinationCount> _destinations = [];
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private int _second;
    private long _requests;
    private long _failed;
    private long _sent;
    private long _received;

    public RequestMeter(IMeterFactory factory)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == FastCgiMetrics.MeterName
                    && ReferenceEquals(instrument.Meter.Scope, factory)
                    && instrument.Name is "fastcgi.client.request.duration" or "fastcgi.client.sent" or "fastcgi.client.received")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) => OnRequest(seconds, tags));
        _listener.SetMeasurementEventCallback<long>(OnBytes);
        _listener.Start();
    }

    /// <summary>What was counted since the last call, which ends a second.</summary>
    public RequestSample Take()
    {
        lock (_lock)
        {
            var window = new LatencyHistogram();
            foreach (var second in _seconds)
            {
                window.Add(second);
            }

            var sample = new RequestSample
            {
                Requests = _requests,
                Failed = _failed,
                Sent = _sent,
                Received = _received,
                Median = window.Percentile(0.5),
                Percentile95 = window.Percentile(0.95),
                Percentile99 = window.Percentile(0.99),
                Errors = [.. _errors],
                Destinations = _destinations.ToDictionary(static entry => entry.Key, static entry => entry.Value with { }),
            };
            (_requests, _failed, _sent, _received) = (0, 0, 0, 0);
            foreach (var count in _destinations.Values)
            {
                (count.Requests, count.Failed) = (0, 0);
            }

            _second = (_second + 1) % Window;
            _seconds[_second].Clear();
            return sample;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void OnRequest(double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? cluster = null, address = null, error = null;
        var port = 0;
        foreach (var (name, value) in tags)
        {
            switch (name)
            {
                case "fastcgi.cluster.id":
                    cluster = value as string;
                    break;
                case "server.address":
                    address = value as string;
                    break;
                case "server.port":
                    port = value is int number ? number : 0;
                    break;
                case "error.type":
                    error = value as string;
                    break;
            }
        }

        // An application that says 404 has not failed.
        var isFailed = error is not null && !(error.Length == 3 && error[0] == '4');
        lock (_lock)
        {
            _requests++;
            _seconds[_second].Add(seconds);
            if (isFailed)
            {
                _failed++;
                if (_errors.Count < MaxEntries || _errors.ContainsKey(error!))
                {
                    _errors[error!] = _errors.GetValueOrDefault(error!) + 1;
                }
            }

            if (address is not null)
            {
                var key = new DestinationKey(cluster, address, port);
                if (!_destinations.TryGetValue(key, out var count))
                {
                    if (_destinations.Count >= MaxEntries)
                    {
                        return;
                    }

                    _destinations[key] = count = new DestinationCount();
                }

                count.Requests++;
                count.Failed += isFailed ? 1 : 0;
            }
        }
    }

    private void OnBytes(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_lock)
        {
            if (instrument.Name == "fastcgi.client.sent")
            {
                _sent += count;
            }
            else
            {
                _received += count;
            }
        }
    }
}
