using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Yarp.FastCgi.Client.Threading;

/// <summary>Where one async method of <see cref="PooledMethodBuilder{TResult}"/> keeps its local variables while it waits.</summary>
internal sealed class PooledState<TResult, TStateMachine> : PooledState<TResult>
    where TStateMachine : IAsyncStateMachine
{
    // As many as requests wait in a busy process; what comes back beyond is left to the garbage collector.
    private const int MaxPooled = 1024;

    private static readonly ConcurrentQueue<PooledState<TResult, TStateMachine>> Pool = new();
    private static readonly ContextCallback MoveNextInContext = static state => ((PooledState<TResult, TStateMachine>)state!).StateMachine.MoveNext();
    private static int _pooled;

    // Another thread may have returned it to the pool, and a third taken it from there, when MoveNext returns.
    public TStateMachine StateMachine = default!;

    private PooledState()
    {
        MoveNextAction = MoveNext;
    }

    public Action MoveNextAction { get; }

    public ExecutionContext? Context { get; set; }

    public static PooledState<TResult, TStateMachine> Rent()
    {
        if (!Pool.TryDequeue(out var state))
        {
            return new PooledState<TResult, TStateMachine>();
        }

        Interlocked.Decrement(ref _pooled);
        return state;
    }

    protected override void Return()
    {
        StateMachine = default!;
        Context = null;
        if (Interlocked.Increment(ref _pooled) <= MaxPooled)
        {
            Pool.Enqueue(this);
        }
        else
        {
            Interlocked.Decrement(ref _pooled);
        }
    }

    private void MoveNext()
    {
        if (Context is { } context)
        {
            ExecutionContext.Run(context, MoveNextInContext, this);
        }
        else
        {
            StateMachine.MoveNext();
        }
    }
}
