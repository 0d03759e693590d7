using System.Net;
using System.Net.Sockets;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry;

/// <summary>/metrics of the management listener.</summary>
public sealed class MetricsEndpointTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Get_Metrics_HasThoseOfTheLibraryTheServerAndTheRuntime()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Text("hello"));
        using var gateway = await StartAsync([], application);
        using var client = new HttpClient { Timeout = TestTimeout.Default };
        await client.GetStringAsync(new Uri(gateway.Url + "/page"));
        await client.GetStringAsync(new Uri(gateway.ManagementUrl + "/healthz"));

        var text = await WaitForAsync(client, gateway, "http_server_request_duration_seconds_count");

        Assert.Contains("fastcgi_client_request_duration_seconds_bucket{", text, StringComparison.Ordinal);
        Assert.Contains("fastcgi_client_open_connections{", text, StringComparison.Ordinal);
        Assert.Contains("fastcgi_client_connection_limit{", text, StringComparison.Ordinal);
        Assert.Contains("kestrel_active_connections{", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total{", text, StringComparison.Ordinal);
        Assert.Contains("fastcgi_cluster_id=\"app\"", text, StringComparison.Ordinal);

        // Probes and scrapes are no requests of clients.
        Assert.DoesNotContain("/healthz", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/metrics\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_PublicAddress_IsTheApplications()
    {
        await using var application = ScriptedResponder.Start(request => Reply.Text($"application {request["REQUEST_URI"]}"));
        await using var gateway = await RunningGateway.StartAsync("--app", application.Address, "--management", "http://127.0.0.1:0");

        Assert.Equal("application /metrics", await gateway.Http1.GetStringAsync("/metrics"));
    }

    [Fact]
    public async Task Get_SdkDisabled_Is404()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        using var gateway = await StartAsync(new() { ["OTEL_SDK_DISABLED"] = "true" }, application);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        using var response = await client.GetAsync(new Uri(gateway.ManagementUrl + "/metrics"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await gateway.ReadinessAsync());
    }

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Collector_DoesNotAnswer_NoRequestWaitsForItAndDropsAreCounted(string protocol)
    {
        // Connections end in its backlog, where nobody ever reads from them.
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var application = ScriptedResponder.Start(_ => Reply.Text("hello"));
        using var gateway = await StartAsync(
            new()
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.LocalEndpoint}",
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
                ["OTEL_BSP_MAX_QUEUE_SIZE"] = "16",
                ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "8",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "10",
            },
            application);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("hello", await client.GetStringAsync(new Uri(gateway.Url + "/page")));
        }

        await WaitForAsync(client, gateway, "error_type=\"queue_full\"");
        Assert.Equal(0, await gateway.StopAsync());
    }

    public void Dispose() => _directory.Dispose();

    private Task<GatewayProcess> StartAsync(Dictionary<string, string> environment, ScriptedResponder application)
    {
        environment["Gateway__DrainDelay"] = "00:00:00";
        return GatewayProcess.StartAsync(_directory.Path, environment, "--app", application.Address, "--listen", "http://127.0.0.1:0", "--management", "http://127.0.0.1:0");
    }

    private static async Task<string> WaitForAsync(HttpClient client, GatewayProcess gateway, string part)
    {
        var text = "";
        await Eventually.UntilAsync(
            async () =>
            {
                text = await client.GetStringAsync(new Uri(gateway.ManagementUrl + "/metrics"));
                return text.Contains(part, StringComparison.Ordinal);
            },
            $"{part} in /metrics");
        return text;
    }
}
