using System.Runtime.CompilerServices;

namespace Yarp.FastCgi.Threading;

/// <summary>
/// Where file systems are asked. A server that runs requests on the threads that wait for its sockets (Kestrel's UnsafePreferInlineScheduling) must not block one of
/// them: whatever may wait for a disk goes to the thread pool first. On a thread of the pool this costs nothing.
/// </summary>
internal static class WorkerThread
{
    /// <summary>Goes on at once on a thread of the pool, else there.</summary>
    public static Switch SwitchAsync() => new(isDue: true);

    /// <summary>Runs it at once on a thread of the pool, else there, while the caller goes on.</summary>
    public static void Run<T>(Action<T> action, T state)
    {
        if (Thread.CurrentThread.IsThreadPoolThread)
        {
            action(state);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(action, state, preferLocal: false);
        }
    }

    internal readonly struct Switch(bool isDue) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => !isDue || Thread.CurrentThread.IsThreadPoolThread;

        public Switch GetAwaiter() => this;

        public void GetResult()
        {
            // Nothing to report: the thread is what was asked for.
        }

        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static action => action(), continuation, preferLocal: false);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
    }
}
