namespace Yarp.FastCgi.Retries;

/// <summary>
/// Bounds the retries of a cluster to a share of its requests: each request saves up a part of a retry, each retry spends one, and no
/// more than ten are saved, so that what counts is recent.
/// </summary>
internal sealed class RetryBudget(int percent)
{
    private const int Retry = 100;
    private const int MaxSaved = 10 * Retry;

    private int _saved = MaxSaved;

    /// <summary>A request has come.</summary>
    public void Save()
    {
        // The other parties are requests on other threads. While there are no retries, which is nearly always, this only reads.
        var saved = Volatile.Read(ref _saved);
        while (saved < MaxSaved)
        {
            var seen = Interlocked.CompareExchange(ref _saved, Math.Min(saved + percent, MaxSaved), saved);
            if (seen == saved)
            {
                return;
            }

            saved = seen;
        }
    }

    /// <returns>False when there have been too many retries already.</returns>
    public bool TrySpend()
    {
        var saved = Volatile.Read(ref _saved);
        while (saved >= Retry)
        {
            var seen = Interlocked.CompareExchange(ref _saved, saved - Retry, saved);
            if (seen == saved)
            {
                return true;
            }

            saved = seen;
        }

        return false;
    }
}
