namespace Yarp.FastCgi.Gateway.Telemetry;

/// <summary>What is sent to a collector. OpenTelemetry's environment variables say so, and nothing else does.</summary>
internal sealed record OtlpSignals(bool Traces, bool Metrics, bool Logs)
{
    private const string Disabled = "OTEL_SDK_DISABLED";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Otlp = "otlp";
    private const string None = "none";
    private const string Prometheus = "prometheus";

    /// <summary>Nothing leaves the gateway.</summary>
    public static OtlpSignals Nothing { get; } = new(Traces: false, Metrics: false, Logs: false);

    public bool Any => Traces || Metrics || Logs;

    /// <summary>Whether the SDK is switched off, that of /metrics too.</summary>
    public static bool IsSdkDisabled(IConfiguration configuration) => string.Equals(configuration[Disabled], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// A signal is sent when its OTEL_…_EXPORTER is otlp, or when there is an endpoint for it and the variable does not say none: nobody looks
    /// for a collector that was not asked for one.
    /// </summary>
    public static OtlpSignals Read(IConfiguration configuration, ICollection<Exception> errors)
    {
        var signals = new OtlpSignals(IsSent("TRACES", [Otlp, None]), IsSent("METRICS", [Otlp, None, Prometheus]), IsSent("LOGS", [Otlp, None]));
        return IsSdkDisabled(configuration) ? Nothing : signals;

        bool IsSent(string signal, string[] known)
        {
            var variable = $"OTEL_{signal}_EXPORTER";
            var exporter = configuration[variable]?.Trim().ToLowerInvariant();
            if (!string.IsNullOrEmpty(exporter))
            {
                if (!known.Contains(exporter))
                {
                    errors.Add(new InvalidDataException($"'{variable}' is '{exporter}', but must be {string.Join(" or ", known)}."));
                }

                return exporter == Otlp;
            }

            return !string.IsNullOrEmpty(configuration[Endpoint]) || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]);
        }
    }
}
