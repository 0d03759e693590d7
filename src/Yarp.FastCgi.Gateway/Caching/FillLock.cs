namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>One request fetches a response, others wait for it. It is released once, as soon as it is known what becomes of it.</summary>
internal sealed class FillLock(FillLocks locks, string key)
{
    // The ones that wait must not run inside of the one that releases.
    private readonly TaskCompletionSource<FillOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Key => key;

    public Task<FillOutcome> Outcome => _outcome.Task;

    public void Release(FillOutcome outcome)
    {
        // First out of the table: who comes now begins anew, and finds what is stored.
        locks.Remove(this);
        _outcome.TrySetResult(outcome);
    }
}
