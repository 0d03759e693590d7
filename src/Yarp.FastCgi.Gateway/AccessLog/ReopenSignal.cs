using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>SIGUSR1 has the access log reopened, as nginx does.</summary>
internal sealed class ReopenSignal(AccessLogWriter writer) : IHostedService, IDisposable
{
    private PosixSignalRegistration? _signal;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsWindows())
        {
            // .NET has no name for it, and takes the number of the platform.
            const int Linux = 10;
            const int Bsd = 30;
            _signal = PosixSignalRegistration.Create((PosixSignal)(OperatingSystem.IsLinux() ? Linux : Bsd), OnSignal);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signal?.Dispose();

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        writer.Reopen();
    }
}
