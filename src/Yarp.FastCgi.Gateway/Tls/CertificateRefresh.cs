namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Looks at the files of certificates every now and then, and says at the start what https listeners go without.</summary>
internal sealed class CertificateRefresh(CertificateStore store, TimeProvider timeProvider, ILogger<CertificateRefresh> logger) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (!store.IsEmpty && !QuicSupport.IsThere)
        {
            TlsLog.QuicMissing(logger);
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (store.CheckPeriod == TimeSpan.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(store.CheckPeriod, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                store.Refresh();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end, also that of a gateway that could not start.
        }
    }
}
