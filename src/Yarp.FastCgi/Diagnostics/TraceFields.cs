using System.Diagnostics;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>
/// The fields that carry the trace context (those of <see cref="DistributedContextPropagator.Current"/>) and their params: by default
/// HTTP_TRACEPARENT, HTTP_TRACESTATE and HTTP_BAGGAGE.
/// </summary>
internal sealed class TraceFields
{
    private static TraceFields? _current;

    private readonly (string Field, byte[] ParamName)[] _fields;

    private TraceFields(DistributedContextPropagator propagator)
    {
        Propagator = propagator;
        _fields = [.. propagator.Fields.Select(static field => (field, RequestHeaderNames.CreateParamName(field)))];
    }

    /// <summary>Those of the process; a program may change its propagator at any time.</summary>
    public static TraceFields Current
    {
        get
        {
            var propagator = DistributedContextPropagator.Current;
            var fields = Volatile.Read(ref _current);
            if (!ReferenceEquals(fields?.Propagator, propagator))
            {
                fields = new TraceFields(propagator);
                Volatile.Write(ref _current, fields);
            }

            return fields!;
        }
    }

    /// <summary>
    /// Those that are not taken from the client, because they are made here. Null when this process takes no part in the request's trace: what the
    /// client sent goes through then, as W3C Trace Context wants it of such a hop.
    /// </summary>
    public static TraceFields? Replaced => Activity.Current is not null || AttemptActivity.HasListeners ? Current : null;

    public DistributedContextPropagator Propagator { get; }

    /// <summary>Whether a param carries trace context.</summary>
    public bool Contains(ReadOnlySpan<byte> paramName)
    {
        foreach (var (_, name) in _fields)
        {
            if (paramName.SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    public byte[] GetParamName(string field)
    {
        foreach (var (known, name) in _fields)
        {
            if (known == field)
            {
                return name;
            }
        }

        return RequestHeaderNames.CreateParamName(field);
    }
}
