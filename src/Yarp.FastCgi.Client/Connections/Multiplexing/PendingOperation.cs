using System.Threading.Tasks.Sources;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>An operation that is waited for, again and again, one at a time. What waits runs on in the thread pool.</summary>
internal sealed class PendingOperation<T> : IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>Begins to wait. The wait before has ended, and its result was taken.</summary>
    public ValueTask<T> Begin()
    {
        _core.Reset();
        return new ValueTask<T>(this, _core.Version);
    }

    public void Complete(T result) => _core.SetResult(result);

    public void Fail(Exception exception) => _core.SetException(exception);

    T IValueTaskSource<T>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);
}
