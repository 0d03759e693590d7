using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>
/// Ends a running gateway without losing a request. SIGTERM makes it not ready; it serves for DrainDelay more, closes its listeners,
/// and gives the requests in flight DrainTimeout to end. Each further signal ends the phase that is under way. Ctrl+C is somebody who
/// waits: it begins behind the delay.
/// </summary>
internal sealed class GracefulStop : IDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _serving = new();
    private readonly CancellationTokenSource _finishing = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly CancellationTokenRegistration _stop;
    private int _count;

    /// <param name="app">A gateway that is not started yet: the first signal may come as soon as it is.</param>
    /// <param name="stop">Begins the end as Ctrl+C does.</param>
    public GracefulStop(WebApplication app, CancellationToken stop)
    {
        _app = app;

        // The host's own handlers keep the signals from ending the process, and begin the stop.
        _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
        _stop = stop.UnsafeRegister(static state => ((GracefulStop)state!).Interrupt(), this);
    }

    /// <summary>Waits until the running gateway is to end, and ends it.</summary>
    public async Task WaitAsync()
    {
        await WaitForBeginAsync();
        var settings = _app.Services.GetRequiredService<GatewaySettings>();
        if (!_serving.IsCancellationRequested)
        {
            Log.Draining(_app.Logger, settings.DrainDelay);
            await Task.Delay(settings.DrainDelay, _serving.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _serving.CancelAsync();
        }

        _finishing.CancelAfter(settings.DrainTimeout);
        await _app.StopAsync(_finishing.Token);
        _finishing.CancelAfter(Timeout.InfiniteTimeSpan);
        if (_finishing.IsCancellationRequested)
        {
            Log.RequestsCut(_app.Logger, settings.DrainTimeout);
        }
    }

    // The token sources are left alone: a late signal may be at work on them.
    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _count) > 1)
        {
            (_serving.IsCancellationRequested ? _finishing : _serving).Cancel();
        }
        else if (context.Signal == PosixSignal.SIGINT)
        {
            Interrupt();
        }
    }

    private void Interrupt()
    {
        _serving.Cancel();
        _app.Lifetime.StopApplication();
    }

    private async Task WaitForBeginAsync()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stopping = _app.Lifetime.ApplicationStopping.UnsafeRegister(static state => ((TaskCompletionSource)state!).SetResult(), begun);
        await begun.Task;
    }
}
