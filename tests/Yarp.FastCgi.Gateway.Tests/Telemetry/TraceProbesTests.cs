using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry;

public sealed class TraceProbesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("{}", "proxy.destination_health_check", false)]
    [InlineData("""{ "TraceProbes": "true" }""", "proxy.destination_health_check", true)]
    [InlineData("{}", "proxy.forwarder", true)]
    public async Task Probe_IsTracedOnlyWhereItIsAskedFor(string gateway, string operation, bool isTraced)
    {
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""{ "OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "Gateway": {{gateway}}, "ReverseProxy": { "Routes": {}, "Clusters": {} } }""");
        await using var app = GatewayApplication.Build(new GatewayOptions { ConfigFile = file });
        Assert.NotNull(app.Services.GetRequiredService<TracerProvider>());
        using var source = new ActivitySource("Yarp.ReverseProxy");

        using var activity = source.StartActivity(operation);

        Assert.Equal(isTraced, activity!.Recorded);
    }
}
