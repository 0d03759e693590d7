using System.Buffers;

namespace Yarp.FastCgi.Gateway.Telemetry.Propagation;

/// <summary>
/// What a request says in B3 (https://github.com/openzipkin/b3-propagation). The id of the parent's parent, which it may have too, is of no use here: OpenTelemetry's spans do not share ids.
/// </summary>
/// <param name="TraceId">32 digits; one of 64 bits has zeros in front.</param>
/// <param name="SpanId">16 digits.</param>
/// <param name="IsSampled">Whether the trace is recorded. A decision that was left to the receiver counts as no.</param>
/// <param name="IsDebug">Whether it is recorded whatever samplers say.</param>
internal readonly record struct B3Context(string TraceId, string SpanId, bool IsSampled, bool IsDebug)
{
    private const int IdLength = 16;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Reads the header field <c>b3</c>: ids of trace and span, then, if given, the sampling state and the id of the parent.</summary>
    /// <returns>Null for anything else, a sampling state alone among it.</returns>
    public static B3Context? Parse(string field)
    {
        var parts = field.Split('-');
        var state = parts.Length > 2 ? parts[2] : "";
        var hasState = state is "" or "0" or "1" or "d";
        var hasParent = parts.Length == 4;
        return parts.Length is >= 2 and <= 4 && hasState && (!hasParent || IsId(parts[3], IdLength))
            ? Create(parts[0], parts[1], isSampled: state is "1" or "d", isDebug: state == "d")
            : null;
    }

    /// <summary>Reads the values of the header fields <c>X-B3-…</c>.</summary>
    public static B3Context? Read(string? traceId, string? spanId, string? sampled, string? flags)
    {
        var isDebug = flags == "1";
        return traceId is null || spanId is null ? null : Create(traceId, spanId, isSampled: isDebug || sampled is "1" or "true", isDebug);
    }

    private static B3Context? Create(string traceId, string spanId, bool isSampled, bool isDebug)
        => (IsId(traceId, IdLength) || IsId(traceId, 2 * IdLength)) && IsId(spanId, IdLength)
            ? new B3Context(traceId.PadLeft(2 * IdLength, '0'), spanId, isSampled, isDebug)
            : null;

    private static bool IsId(string text, int length)
        => text.Length == length && text.AsSpan().ContainsAnyExcept('0') && !text.AsSpan().ContainsAnyExcept(Digits);
}
