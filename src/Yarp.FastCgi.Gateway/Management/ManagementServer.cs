using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using Yarp.FastCgi.Gateway.Caching;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Configuration;
using Yarp.FastCgi.Gateway.Dashboard;
using Yarp.FastCgi.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Management;

/// <summary>
/// Serves /healthz (this process), /readyz (whether to send requests here), /metrics (for Prometheus), /config (what is in force) and /cache/purge. It is a server of its own inside the gateway: no
/// request to a public address can reach it, and it starts before those and ends behind the last of their requests.
/// </summary>
internal sealed class ManagementServer : IHostedService, IAsyncDisposable
{
    private readonly WebApplication _app;

    private ManagementServer(ListenAddress address, IServiceProvider gateway)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureEndpointDefaults(endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                ManagementRequests.Mark(endpoint);
            });
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(gateway.GetRequiredService<ILoggerFactory>());
        builder.Services.AddSingleton(gateway.GetRequiredService<HealthCheckService>());

        _app = builder.Build();
        _app.Urls.Add(address.Url);
        _app.MapHealthChecks("/healthz", new HealthCheckOptions { Predicate = _ => false }).DisableHttpMetrics();
        _app.MapHealthChecks("/readyz", new HealthCheckOptions { ResponseWriter = HealthReportText.WriteAsync }).DisableHttpMetrics();
        var configuration = gateway.GetRequiredService<EffectiveConfiguration>();
        _app.MapGet("/config", context => ManagementAnswers.WriteAsync(context, address, ManagementAnswers.Json, configuration.ToJson())).DisableHttpMetrics();
        DashboardPage.Map(_app, address, gateway.GetRequiredService<DashboardFeed>());
        CachePurge.Map(_app, address, gateway);
        if (gateway.GetService<MeterProvider>() is { } meters)
        {
            _app.MapPrometheusScrapingEndpoint("/metrics", meters, configureBranchedPipeline: null, optionsName: null).DisableHttpMetrics();
        }
    }

    /// <summary>Where it listens.</summary>
    public IEnumerable<string> Urls => _app.Urls;

    public static void Add(IServiceCollection services, ListenAddress address)
    {
        services.AddSingleton<DestinationsCheck>();
        services.AddHealthChecks()
            .AddCheck<LifetimeCheck>("gateway")
            .AddCheck<DestinationsCheck>("destinations");
        services.AddSingleton<RecentFailures>();
        services.AddSingleton<DashboardView>(static provider => ActivatorUtilities.CreateInstance<DashboardView>(
            provider, provider.GetServices<IClusterChangeListener>().OfType<StatusMonitor>().Single()));
        services.AddSingleton<DashboardFeed>();
        services.AddSingleton(provider => new ManagementServer(address, provider));
        services.AddHostedService(provider => provider.GetRequiredService<ManagementServer>());
    }

    public Task StartAsync(CancellationToken cancellationToken) => _app.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
