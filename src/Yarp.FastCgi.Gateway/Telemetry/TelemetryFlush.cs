using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Yarp.FastCgi.Gateway.Telemetry;

/// <summary>
/// Sends at the end of the gateway what is still in the queues, all signals at a time and for a few seconds at most: a collector that does not answer must not
/// use up the time that the platform grants for the stop.
/// </summary>
internal sealed class TelemetryFlush(IServiceProvider services) : IHostedService
{
    private const int TimeoutInMilliseconds = 3000;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(TimeoutInMilliseconds), CancellationToken.None),
        Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(TimeoutInMilliseconds), CancellationToken.None),
        Task.Run(() => services.GetService<LoggerProvider>()?.Shutdown(TimeoutInMilliseconds), CancellationToken.None));
}
