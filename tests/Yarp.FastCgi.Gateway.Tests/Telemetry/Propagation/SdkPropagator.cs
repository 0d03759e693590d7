using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry.Propagation;

/// <summary>The SDK's propagator for all who ask .NET's: ASP.NET Core, YARP, HttpClient and FastCGI. docs/observability.md shows it.</summary>
internal sealed class SdkPropagator : DistributedContextPropagator
{
    private readonly TextMapPropagator _inner;
    private readonly HashSet<string> _fields;

    public SdkPropagator(TextMapPropagator inner)
    {
        // Not every propagator tells of all fields that it sets: a trial does.
        _inner = inner;
        _fields = new HashSet<string>(inner.Fields ?? new HashSet<string>(), StringComparer.OrdinalIgnoreCase);
        var trial = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
        inner.Inject(new PropagationContext(trial, default), _fields, static (fields, field, _) => fields.Add(field));
    }

    public override IReadOnlyCollection<string> Fields => _fields;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (activity is not null && setter is not null)
        {
            var baggage = activity.Baggage.Aggregate(default(Baggage), static (all, item) => all.SetBaggage(item.Key, item.Value));
            _inner.Inject(new PropagationContext(activity.Context, baggage), carrier, (target, field, value) => setter(target, field, value));
        }
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        var context = Extract(carrier, getter).ActivityContext;
        traceId = context.IsValid() ? $"00-{context.TraceId}-{context.SpanId}-{(int)context.TraceFlags:x2}" : null;
        traceState = context.TraceState;
    }

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter)
        => Extract(carrier, getter).Baggage.GetBaggage().Select(static item => KeyValuePair.Create(item.Key, (string?)item.Value));

    private PropagationContext Extract(object? carrier, PropagatorGetterCallback? getter) => _inner.Extract(default, carrier, (source, field) =>
    {
        string? value = null;
        IEnumerable<string>? values = null;
        getter?.Invoke(source, field, out value, out values);
        return value is not null ? [value] : values;
    });
}
