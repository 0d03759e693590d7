using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Telemetry;

/// <summary>One value of an instrument, with its attributes as <c>name=value</c> in alphabetical order.</summary>
internal sealed record Measured(string Instrument, double Value, string Tags);

/// <summary>Listens to the meter of one proxy: those of other proxies in this process have another factory.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly ConcurrentQueue<Measured> _measured = new();
    private readonly StateSignal _signal = new();
    private readonly MeterListener _listener;

    public RecordedMetrics(TestProxy proxy)
    {
        var factory = proxy.Services.GetRequiredService<IMeterFactory>();
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Yarp.FastCgi" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Whether it throws at every measurement.</summary>
    public bool Fails { get; init; }

    public IReadOnlyList<Measured> All => [.. _measured];

    public IReadOnlyList<Measured> Of(string instrument) => [.. _measured.Where(measured => measured.Instrument == instrument)];

    /// <summary>Waits until an instrument has measured so often.</summary>
    public async Task<IReadOnlyList<Measured>> WaitAsync(string instrument, int count = 1)
    {
        await _signal.WaitAsync(() => Of(instrument).Count >= count, () => $"{count} measurements of {instrument}, there are {Of(instrument).Count}");
        return Of(instrument);
    }

    /// <summary>What the instruments that are asked say now.</summary>
    public Dictionary<string, double> Observe(string instrument)
    {
        var known = _measured.Count;
        _listener.RecordObservableInstruments();
        return _measured.Skip(known).Where(measured => measured.Instrument == instrument).ToDictionary(measured => measured.Tags, measured => measured.Value);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Fails)
        {
            throw new InvalidOperationException("The listener fails.");
        }

        var text = string.Join(' ', tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"));
        _measured.Enqueue(new Measured(instrument.Name, value, text));
        _signal.Pulse();
    }
}
