using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Yarp.FastCgi.Client.Threading;

/// <summary>
/// Builds async methods whose state, when they have to wait, comes from a pool and goes back there when the caller has the result: such a method allocates
/// nothing. For the methods that every request waits in; its ValueTask must be awaited once, as every ValueTask.
/// </summary>
/// <remarks>
/// The runtime's own <see cref="PoolingAsyncValueTaskMethodBuilder{TResult}"/> keeps one state for each thread and each core, so that all but two or three of the
/// requests that wait at the same time find none.
/// </remarks>
internal struct PooledMethodBuilder<TResult>
{
    // Null until the method has to wait or fails: a PooledState, or the exception of a method that never waited.
    private object? _state;
    private TResult _result;

    public readonly ValueTask<TResult> Task => _state switch
    {
        null => new ValueTask<TResult>(_result),
        PooledState<TResult> state => new ValueTask<TResult>(state, state.Version),
        _ => ValueTask.FromException<TResult>((Exception)_state),
    };

    /// <summary>For a method without a result.</summary>
    public readonly ValueTask TaskWithoutResult => _state switch
    {
        null => default,
        PooledState<TResult> state => new ValueTask(state, state.Version),
        _ => ValueTask.FromException((Exception)_state),
    };

    public static PooledMethodBuilder<TResult> Create() => default;

    // Restores the execution context that the method may change before it waits.
    public void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        _state = null;
        default(AsyncValueTaskMethodBuilder).Start(ref stateMachine);
    }

    /// <summary>Of no use: the state holds the state machine itself.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine) => Debug.Assert(_state is null || stateMachine is not null, "Nobody calls this.");

    public void SetResult(TResult result)
    {
        if (_state is PooledState<TResult> state)
        {
            state.SetResult(result);
        }
        else
        {
            _result = result;
        }
    }

    public void SetException(Exception exception)
    {
        if (_state is PooledState<TResult> state)
        {
            state.SetException(exception);
        }
        else
        {
            _state = exception;
        }
    }

    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine
        => awaiter.OnCompleted(Suspend(ref stateMachine));

    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine
        => awaiter.UnsafeOnCompleted(Suspend(ref stateMachine));

    private Action Suspend<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        var context = ExecutionContext.Capture();
        if (_state is PooledState<TResult, TStateMachine> state)
        {
            state.Context = context;
            return state.MoveNextAction;
        }

        // In this order: the copy that goes into the state must know it.
        state = PooledState<TResult, TStateMachine>.Rent();
        _state = state;
        state.Context = context;
        state.StateMachine = stateMachine;
        return state.MoveNextAction;
    }
}
