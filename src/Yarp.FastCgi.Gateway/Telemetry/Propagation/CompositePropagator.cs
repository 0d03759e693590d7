using System.Diagnostics;

namespace Yarp.FastCgi.Gateway.Telemetry.Propagation;

/// <summary>Several formats at a time: all are written, and the first that a request carries is read. With none of them all fields go through as they are.</summary>
internal sealed class CompositePropagator(DistributedContextPropagator[] formats) : DistributedContextPropagator
{
    public override IReadOnlyCollection<string> Fields { get; } =
        [.. formats.SelectMany(static format => format.Fields).Distinct(StringComparer.OrdinalIgnoreCase)];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        foreach (var format in formats)
        {
            format.Inject(activity, carrier, setter);
        }
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        foreach (var format in formats)
        {
            format.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);
            if (!string.IsNullOrEmpty(traceId))
            {
                return;
            }
        }

        (traceId, traceState) = (null, null);
    }

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter)
    {
        foreach (var format in formats)
        {
            if (format.ExtractBaggage(carrier, getter) is { } baggage)
            {
                return baggage;
            }
        }

        return null;
    }
}
