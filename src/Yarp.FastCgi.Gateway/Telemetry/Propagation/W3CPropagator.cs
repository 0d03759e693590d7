using System.Diagnostics;

namespace Yarp.FastCgi.Gateway.Telemetry.Propagation;

/// <summary>One of the two formats of W3C, Trace Context and Baggage, which .NET has in one.</summary>
internal sealed class W3CPropagator : DistributedContextPropagator
{
    private static readonly DistributedContextPropagator Both = CreateW3CPropagator();

    private readonly string[] _fields;
    private readonly bool _hasBaggage;

    private W3CPropagator(string[] fields, bool hasBaggage)
    {
        _fields = fields;
        _hasBaggage = hasBaggage;
    }

    public static W3CPropagator TraceContext { get; } = new(["traceparent", "tracestate"], hasBaggage: false);

    public static W3CPropagator Baggage { get; } = new(["baggage"], hasBaggage: true);

    public override IReadOnlyCollection<string> Fields => _fields;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (setter is not null)
        {
            Both.Inject(activity, carrier, (target, field, value) =>
            {
                if (_fields.Contains(field, StringComparer.OrdinalIgnoreCase))
                {
                    setter(target, field, value);
                }
            });
        }
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        (traceId, traceState) = (null, null);
        if (!_hasBaggage)
        {
            Both.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);
        }
    }

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter)
        => _hasBaggage ? Both.ExtractBaggage(carrier, getter) : null;
}
