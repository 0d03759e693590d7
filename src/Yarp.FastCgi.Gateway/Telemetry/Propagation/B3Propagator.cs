using System.Diagnostics;

namespace Yarp.FastCgi.Gateway.Telemetry.Propagation;

/// <summary>
/// Zipkin's B3, as OpenTelemetry wants it of a propagator: both of its forms are read, the single field before the several ones, and one is
/// written. The debug flag goes from the request to the application as an entry of the trace state, which is what spans hand on to their children.
/// </summary>
internal sealed class B3Propagator(bool isSingle) : DistributedContextPropagator
{
    private const string Single = "b3";
    private const string TraceId = "X-B3-TraceId";
    private const string SpanId = "X-B3-SpanId";
    private const string ParentSpanId = "X-B3-ParentSpanId";
    private const string Sampled = "X-B3-Sampled";
    private const string Flags = "X-B3-Flags";
    private const string DebugState = "b3=d";

    /// <summary>All that are read: an application must not be told of two contexts.</summary>
    public override IReadOnlyCollection<string> Fields { get; } = [Single, TraceId, SpanId, ParentSpanId, Sampled, Flags];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (activity is not { IdFormat: ActivityIdFormat.W3C } || setter is null)
        {
            return;
        }

        var (traceId, spanId) = (activity.TraceId.ToHexString(), activity.SpanId.ToHexString());
        var isDebug = activity.Recorded && IsDebug(activity.TraceStateString);
        var state = activity.Recorded ? "1" : "0";
        if (isSingle)
        {
            setter(carrier, Single, $"{traceId}-{spanId}-{(isDebug ? "d" : state)}");
            return;
        }

        setter(carrier, TraceId, traceId);
        setter(carrier, SpanId, spanId);
        setter(carrier, isDebug ? Flags : Sampled, state);
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        (traceId, traceState) = (null, null);
        if (getter is not null && Read(carrier, getter) is { } context)
        {
            traceId = $"00-{context.TraceId}-{context.SpanId}-{(context.IsSampled ? "01" : "00")}";
            traceState = context.IsDebug ? DebugState : null;
        }
    }

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;

    private static B3Context? Read(object? carrier, PropagatorGetterCallback getter)
    {
        return (Get(Single) is { } single ? B3Context.Parse(single) : null) ?? B3Context.Read(Get(TraceId), Get(SpanId), Get(Sampled), Get(Flags));

        // A field that came twice is none of B3: both values together are no id.
        string? Get(string field)
        {
            getter(carrier, field, out var value, out var values);
            return value ?? (values is null ? null : string.Join(',', values));
        }
    }

    private static bool IsDebug(string? traceState)
    {
        foreach (var entry in traceState.AsSpan().Split(','))
        {
            if (traceState.AsSpan(entry).Trim().SequenceEqual(DebugState))
            {
                return true;
            }
        }

        return false;
    }
}
