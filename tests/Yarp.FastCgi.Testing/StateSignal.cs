namespace Yarp.FastCgi.Testing;

/// <summary>Lets tests wait, bounded, until shared state satisfies a condition. Whoever changes the state calls <see cref="Pulse"/>.</summary>
public sealed class StateSignal
{
    private TaskCompletionSource _changed = New();

    public void Pulse() => Interlocked.Exchange(ref _changed, New()).SetResult();

    public async Task WaitAsync(Func<bool> condition, Func<string> what, TimeSpan? timeout = null)
    {
        using var expiry = new CancellationTokenSource(timeout ?? TestTimeout.Default);
        while (true)
        {
            // Taken before the condition is looked at: a change in between completes this very task.
            var changed = Volatile.Read(ref _changed).Task;
            if (condition())
            {
                return;
            }

            try
            {
                await changed.WaitAsync(expiry.Token);
            }
            catch (OperationCanceledException)
            {
                throw TestTimeout.Failure(what(), timeout);
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
