using System.Threading.Tasks.Sources;

namespace Yarp.FastCgi.Client.Threading;

/// <summary>The result of a method of <see cref="PooledMethodBuilder{TResult}"/> that had to wait.</summary>
internal abstract class PooledState<TResult> : IValueTaskSource<TResult>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<TResult> _core;

    public short Version => _core.Version;

    public void SetResult(TResult result) => _core.SetResult(result);

    public void SetException(Exception exception) => _core.SetException(exception);

    public TResult GetResult(short token)
    {
        // A second caller is told so by the core, before anything goes back to the pool.
        var isCompleted = _core.GetStatus(token) != ValueTaskSourceStatus.Pending;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            if (isCompleted)
            {
                _core.Reset();
                Return();
            }
        }
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    /// <summary>Nobody asks for the result any more.</summary>
    protected abstract void Return();
}
