using Yarp.FastCgi.Client;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Retries;

/// <summary>Decides for the requests of one cluster whether a failed attempt is followed by another.</summary>
internal sealed class RetryPolicy
{
    /// <summary>For requests that have one destination only: a kept connection that turns out closed is replaced once.</summary>
    public static readonly RetryPolicy SameDestination = new(SettingsResolver.ResolveRetries(null) with { MaxAttempts = 2, Causes = RetryCause.StaleConnection });

    private readonly RetrySettings _settings;
    private readonly RetryBudget _budget;

    public RetryPolicy(RetrySettings settings)
    {
        _settings = settings;
        _budget = new RetryBudget(settings.Budget);
    }

    public int MaxAttempts => _settings.MaxAttempts;

    /// <summary>Whether a request of this method may be sent again although the application may have executed it.</summary>
    public bool MayReplay(string method) => _settings.Methods.Contains(method);

    /// <summary>Whether a request that may be sent again may travel on kept connections: only if it is sent again when one turns out closed (rule E41).</summary>
    public bool ReplacesStaleConnections => MaxAttempts > 1 && Wants(RetryCause.StaleConnection);

    /// <summary>A request has come.</summary>
    public void OnRequest() => _budget.Save();

    /// <summary>Whether an attempt that failed so is followed by another, budget and other destinations aside.</summary>
    /// <param name="error">What failed.</param>
    /// <param name="isStale">Whether it was a kept connection of which no byte of a response came.</param>
    /// <param name="hasReceived">Whether the application has sent anything.</param>
    /// <param name="mayReplay">Whether the request may be sent again although the application may have executed it.</param>
    /// <param name="canReplay">Whether it can be sent again: its body, if any, is still there.</param>
    /// <returns>The cause; None when there is no other attempt.</returns>
    public RetryCause Find(FastCgiError error, bool isStale, bool hasReceived, bool mayReplay, bool canReplay)
    {
        var cause = error switch
        {
            FastCgiError.ConnectFailed or FastCgiError.ConnectTimeout => RetryCause.ConnectFailure,
            FastCgiError.Overloaded when canReplay => RetryCause.Overloaded,
            FastCgiError.ConnectionLost when mayReplay && canReplay && isStale => RetryCause.StaleConnection,
            FastCgiError.ConnectionLost when mayReplay && canReplay && !hasReceived => RetryCause.EmptyResponse,
            FastCgiError.NoResponse when mayReplay && canReplay => RetryCause.EmptyResponse,
            _ => RetryCause.None,
        };
        return Wants(cause) ? cause : RetryCause.None;
    }

    /// <summary>Whether a response of this status, to a request that may be sent again, is to be replaced by that of another destination.</summary>
    public bool WantsOtherThan(int status)
    {
        foreach (var range in _settings.Statuses)
        {
            if (range.Contains(status))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes a retry from the budget. One that no application has seen costs nothing.</summary>
    public bool TrySpend(RetryCause cause) => cause is RetryCause.ConnectFailure or RetryCause.StaleConnection || _budget.TrySpend();

    /// <summary>Takes from the budget that a request which no application has read is sent again: it may yet be read and executed for nobody.</summary>
    public bool TrySpendOnUnread() => _budget.TrySpend();

    private bool Wants(RetryCause cause) => (_settings.Causes & cause) != 0;
}
