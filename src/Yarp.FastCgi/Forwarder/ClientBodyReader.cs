using System.IO.Pipelines;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Reads the client's body with a limit on how long it may pause. What has arrived already costs no timer and no token.</summary>
internal sealed class ClientBodyReader(PipeReader reader, TimeSpan idleTimeout, TimeProvider timeProvider, CancellationToken cancellationToken) : IDisposable
{
    private CancellationTokenSource? _idle;
    private CancellationTokenRegistration _registration;

    /// <summary>Reads, as <see cref="PipeReader.ReadAsync"/> does.</summary>
    /// <exception cref="TimeoutException">The client sent nothing for the idle timeout.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public ValueTask<ReadResult> ReadAsync()
        => reader.TryRead(out var result) ? new ValueTask<ReadResult>(result) : WaitAsync();

    public void AdvanceTo(SequencePosition consumed) => reader.AdvanceTo(consumed);

    public void Dispose()
    {
        _registration.Dispose();
        _idle?.Dispose();
    }

    private async ValueTask<ReadResult> WaitAsync()
    {
        if (_idle is null)
        {
            _idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
            _registration = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _idle);
        }

        _idle.CancelAfter(idleTimeout);
        try
        {
            return await reader.ReadAsync(_idle.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (_idle.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The client sent nothing of its request body for ActivityTimeout ({idleTimeout}).", exception);
        }
        finally
        {
            _idle.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }
}
