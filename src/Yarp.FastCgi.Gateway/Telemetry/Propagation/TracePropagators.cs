using System.Diagnostics;

namespace Yarp.FastCgi.Gateway.Telemetry.Propagation;

/// <summary>The formats of trace context that the gateway reads and writes, by OpenTelemetry's variable OTEL_PROPAGATORS.</summary>
internal static class TracePropagators
{
    private const string Variable = "OTEL_PROPAGATORS";
    private const string None = "none";

    private static readonly string[] Known = ["tracecontext", "baggage", "b3", "b3multi"];

    /// <summary>Reads the variable: names behind commas, of which those that are repeated count once.</summary>
    /// <returns>The propagator; null where the variable is not set: .NET's own is for tracecontext and baggage.</returns>
    public static DistributedContextPropagator? Read(IConfiguration configuration, ICollection<Exception> errors)
    {
        var value = configuration[Variable];
        if (string.IsNullOrWhiteSpace(value))
        {
            return null;
        }

        string[] names = [.. value.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];
        if (names is [None])
        {
            return new CompositePropagator([]);
        }

        if (names.Length == 0 || names.Except(Known).Any())
        {
            errors.Add(new InvalidDataException($"'{Variable}' is '{value}', but must be a list of {string.Join(", ", Known)}, or {None} alone."));
            return null;
        }

        return new CompositePropagator([.. names.Select(Create)]);
    }

    private static DistributedContextPropagator Create(string name) => name switch
    {
        "tracecontext" => W3CPropagator.TraceContext,
        "baggage" => W3CPropagator.Baggage,
        "b3" => new B3Propagator(isSingle: true),
        _ => new B3Propagator(isSingle: false),
    };
}
