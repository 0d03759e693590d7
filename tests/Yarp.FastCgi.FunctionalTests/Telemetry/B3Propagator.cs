using System.Diagnostics;

namespace Yarp.FastCgi.FunctionalTests.Telemetry;

/// <summary>A propagator of another format, as programs set one: B3 with several fields, as Zipkin has it.</summary>
internal sealed class B3Propagator : DistributedContextPropagator
{
    public override IReadOnlyCollection<string> Fields { get; } = ["X-B3-TraceId", "X-B3-SpanId", "X-B3-Sampled"];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (activity is not null)
        {
            setter!(carrier, "X-B3-TraceId", activity.TraceId.ToHexString());
            setter(carrier, "X-B3-SpanId", activity.SpanId.ToHexString());
            setter(carrier, "X-B3-Sampled", activity.Recorded ? "1" : "0");
        }
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
        => (traceId, traceState) = (null, null);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
