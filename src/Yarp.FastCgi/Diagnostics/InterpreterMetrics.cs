using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Yarp.FastCgi.Interpreters;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>The instruments of interpreters, on the meter of the library.</summary>
internal sealed class InterpreterMetrics
{
    private readonly Counter<long> _restarts;
    private ImmutableArray<Interpreter> _interpreters = [];

    public InterpreterMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(FastCgiMetrics.MeterName);
        _restarts = meter.CreateCounter<long>("fastcgi.interpreter.restarts", "{restart}", "Processes of interpreters that were started again.");
        meter.CreateObservableUpDownCounter("fastcgi.interpreter.instances", ObserveInstances, "{process}", "Processes of interpreters that accept connections.");
        meter.CreateObservableGauge("fastcgi.interpreter.uptime", ObserveUptime, "s", "How long the oldest process of an interpreter has accepted connections.");
    }

    /// <summary>The interpreters there are.</summary>
    public void Observe(IEnumerable<Interpreter> interpreters) => _interpreters = [.. interpreters];

    public void OnRestart(Interpreter interpreter) => _restarts.Add(1, Tag(interpreter));

    private IEnumerable<Measurement<int>> ObserveInstances()
        => _interpreters.Select(static interpreter => new Measurement<int>(interpreter.ReadyCount, Tag(interpreter)));

    private IEnumerable<Measurement<double>> ObserveUptime()
        => _interpreters.Select(static interpreter => new Measurement<double>(interpreter.Uptime.TotalSeconds, Tag(interpreter)));

    private static KeyValuePair<string, object?> Tag(Interpreter interpreter) => new("fastcgi.address", interpreter.Settings.Endpoint.ToString());
}
