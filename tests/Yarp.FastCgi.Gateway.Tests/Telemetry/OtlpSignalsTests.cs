using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Gateway.Telemetry;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry;

public class OtlpSignalsTests
{
    [Theory]
    [InlineData("", false, false, false)]
    [InlineData("OTEL_SERVICE_NAME=site", false, false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", true, true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 OTEL_LOGS_EXPORTER=none", true, true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 OTEL_METRICS_EXPORTER=prometheus", true, false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4318/v1/traces", true, false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://collector:4318/v1/metrics", false, true, false)]
    [InlineData("OTEL_TRACES_EXPORTER=OTLP", true, false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 OTEL_SDK_DISABLED=true", false, false, false)]
    public void Read_Variables_SayWhatIsSent(string variables, bool traces, bool metrics, bool logs)
        => Assert.Equal(new OtlpSignals(traces, metrics, logs), OtlpSignals.Read(Configure(variables), []));

    [Fact]
    public void Read_UnknownExporters_AreAllNamed()
    {
        var errors = new List<Exception>();

        OtlpSignals.Read(Configure("OTEL_TRACES_EXPORTER=zipkin OTEL_LOGS_EXPORTER=console"), errors);

        Assert.Equal(
            ["'OTEL_TRACES_EXPORTER' is 'zipkin', but must be otlp or none.", "'OTEL_LOGS_EXPORTER' is 'console', but must be otlp or none."],
            errors.Select(error => error.Message));
    }

    private static IConfiguration Configure(string variables) => new ConfigurationBuilder()
        .AddInMemoryCollection(variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(variable => KeyValuePair.Create(variable.Split('=')[0], (string?)variable.Split('=')[1])))
        .Build();
}
