namespace Yarp.FastCgi.Client.Connections;

/// <summary>Requests that wait, in order of arrival, for what a pool can give to one of them at a time.</summary>
/// <remarks>
/// The pool's lock guards the queue, and decides each race: a waiter is either taken out by the pool, and then gets what it is given,
/// or takes itself out because its time is over or it was canceled. What follows runs elsewhere, never inside the lock.
/// </remarks>
/// <typeparam name="T">What is given.</typeparam>
internal sealed class WaitQueue<T>
{
    private readonly Lock _lock;
    private readonly int _limit;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _timeProvider;
    private readonly Action<IThreadPoolWorkItem> _schedule;
    private readonly LinkedList<Waiter> _waiters = new();

    /// <param name="guard">The pool's lock.</param>
    /// <param name="limit">Most waiters at a time.</param>
    /// <param name="timeout">Longest wait.</param>
    /// <param name="timeProvider">The clock of the timeout.</param>
    /// <param name="schedule">Runs the code of a request that waits no longer; the thread pool does when it is not given.</param>
    public WaitQueue(Lock guard, int limit, TimeSpan timeout, TimeProvider timeProvider, Action<IThreadPoolWorkItem>? schedule = null)
    {
        _lock = guard;
        _limit = limit;
        _timeout = timeout;
        _timeProvider = timeProvider;
        _schedule = schedule ?? (static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false));
    }

    /// <summary>Inside the lock.</summary>
    public int Count => _waiters.Count;

    /// <summary>Inside the lock.</summary>
    public bool IsFull => IsFullBeside(0);

    /// <summary>The one that waits longest. Inside the lock.</summary>
    public Waiter? Oldest => _waiters.First?.Value;

    /// <summary>Whether it is full, not counting so many waiters for whom there is something already. Inside the lock.</summary>
    public bool IsFullBeside(long served) => _waiters.Count - served >= _limit;

    /// <summary>Takes a place at the end of the queue, which is not full. Inside the lock; <see cref="WaitAsync"/> has to follow outside of it.</summary>
    /// <param name="mayReuse">Whether a kept connection will do.</param>
    public Waiter Enqueue(bool mayReuse)
    {
        var waiter = new Waiter(this, mayReuse);
        waiter.Node = _waiters.AddLast(waiter);
        return waiter;
    }

    /// <summary>Takes the oldest waiter out. Inside the lock; <see cref="Waiter.Give"/> or <see cref="Waiter.Fail"/> has to follow outside of it.</summary>
    public Waiter? Dequeue()
    {
        var waiter = Oldest;
        if (waiter is not null)
        {
            Remove(waiter);
        }

        return waiter;
    }

    /// <summary>Waits until something is given.</summary>
    /// <exception cref="TimeoutException">Nothing was given in time.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled before anything was given.</exception>
    public async ValueTask<T> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        using var timer = _timeProvider.CreateTimer(static state => ((Waiter)state!).TimeOut(), waiter, _timeout, Timeout.InfiniteTimeSpan);
        using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Cancel(token), waiter);
        return await waiter.Task.ConfigureAwait(false);
    }

    private void Remove(Waiter waiter)
    {
        _waiters.Remove(waiter.Node!);
        waiter.Node = null;
    }

    /// <summary>A request in the queue.</summary>
    internal sealed class Waiter(WaitQueue<T> queue, bool mayReuse) : TaskCompletionSource<T>, IThreadPoolWorkItem
    {
        private T _given = default!;
        private Exception? _failure;

        public bool MayReuse => mayReuse;

        /// <summary>The place in the queue; null once taken out.</summary>
        public LinkedListNode<Waiter>? Node { get; set; }

        /// <summary>Gives a waiter that was taken out of the queue what it waits for.</summary>
        public void Give(T given)
        {
            _given = given;
            queue._schedule(this);
        }

        /// <summary>Tells a waiter that was taken out of the queue why it gets nothing.</summary>
        public void Fail(Exception failure)
        {
            _failure = failure;
            queue._schedule(this);
        }

        public void TimeOut() => GiveUp(new TimeoutException());

        public void Cancel(CancellationToken cancellationToken) => GiveUp(new OperationCanceledException(cancellationToken));

        void IThreadPoolWorkItem.Execute()
        {
            if (_failure is null)
            {
                SetResult(_given);
            }
            else
            {
                SetException(_failure);
            }
        }

        private void GiveUp(Exception failure)
        {
            lock (queue._lock)
            {
                // The other parties of the race: whoever gives, the timer and the token.
                if (Node is null)
                {
                    return;
                }

                queue.Remove(this);
            }

            Fail(failure);
        }
    }
}
