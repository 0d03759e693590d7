using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Management;
using Yarp.FastCgi.Gateway.Telemetry.Propagation;

namespace Yarp.FastCgi.Gateway.Telemetry;

/// <summary>
/// Hands traces, metrics and logs to OpenTelemetry's SDK: for a collector, as the OTEL_* variables say, and for Prometheus on the management
/// listener. Where nobody asks for any of it the SDK is not even there.
/// </summary>
internal static class GatewayTelemetry
{
    private const string ServiceName = "yarp-fastcgi-gateway";

    private static readonly string[] Sources = ["Yarp.FastCgi", "Yarp.ReverseProxy", "System.Net.Http"];

    // The last one has what the SDK itself drops.
    private static readonly string[] Meters =
        ["Yarp.FastCgi", AccessLogMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "otel.sdk.experimental"];

    /// <param name="builder">The gateway.</param>
    /// <param name="servesMetrics">Whether there is a management listener.</param>
    /// <param name="tracesProbes">Whether YARP's health probes are traced.</param>
    /// <exception cref="AggregateException">A variable has a value that means nothing here.</exception>
    public static void Add(WebApplicationBuilder builder, bool servesMetrics, bool tracesProbes)
    {
        var errors = new List<Exception>();
        var signals = OtlpSignals.Read(builder.Configuration, errors);
        var propagator = TracePropagators.Read(builder.Configuration, errors);
        if (errors.Count > 0)
        {
            throw new AggregateException(errors);
        }

        if (propagator is not null)
        {
            Use(propagator, builder.Services);
        }

        servesMetrics &= !OtlpSignals.IsSdkDisabled(builder.Configuration);
        if (!signals.Any && !servesMetrics)
        {
            return;
        }

        builder.Services.AddHostedService<TelemetryFlush>();
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(Describe);
        if (signals.Traces)
        {
            telemetry.WithTracing(tracing =>
            {
                tracing.AddAspNetCoreInstrumentation(static options => options.Filter = static context => !ManagementRequests.Contain(context)).AddSource(Sources);
                if (!tracesProbes)
                {
                    tracing.AddProcessor(new ProbeFilter());
                }
            });
        }

        if (signals.Metrics || servesMetrics)
        {
            telemetry.WithMetrics(metrics =>
            {
                metrics.AddMeter(Meters);
                if (servesMetrics)
                {
                    metrics.AddPrometheusExporter();
                }
            });
        }

        if (signals.Logs)
        {
            telemetry.WithLogging(configureBuilder: null, static options => (options.IncludeScopes, options.IncludeFormattedMessage) = (true, true));
        }

        if (signals.Any)
        {
            // Each signal is sent as its own variables say; one that is not sent has no provider, or one without anything in it.
            telemetry.UseOtlpExporter();
            if (!signals.Logs)
            {
                builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(static _ => false);
            }
        }
    }

    // Without the SDK too: requests that are logged have spans. ASP.NET Core reads the context, YARP and FastCGI write it. OpenTelemetry's instrumentation
    // would read it once more, in formats of its own, and take another parent; with these it leaves the reading to ASP.NET Core.
    private static void Use(DistributedContextPropagator propagator, IServiceCollection services)
    {
        DistributedContextPropagator.Current = propagator;
        services.AddSingleton(propagator);
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
    }

    // The variables come last: they win.
    private static void Describe(ResourceBuilder resource)
        => resource.Clear()
            .AddService(ServiceName, serviceVersion: typeof(GatewayTelemetry).Assembly.GetName().Version?.ToString(3))
            .AddTelemetrySdk()
            .AddEnvironmentVariableDetector();
}
