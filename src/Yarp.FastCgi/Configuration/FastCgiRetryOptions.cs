namespace Yarp.FastCgi;

/// <summary>
/// When a request is sent again because its destination failed it. The next attempt goes to another available destination of the
/// cluster, chosen by the cluster's load-balancing policy, within its session affinity. Every property is optional.
/// </summary>
public sealed record FastCgiRetryOptions
{
    /// <summary>
    /// How often a request is sent at the most, the first time included; 1 is no retry at all. Range 1 to 10. Default: 3.
    /// </summary>
    public int? MaxAttempts { get; init; }

    /// <summary>
    /// After what a request is sent again. <c>connect-failure</c> (nothing was sent) and <c>overloaded</c> (FCGI_OVERLOADED: nothing was
    /// executed) hold for every method; <c>stale-connection</c> (a kept connection turned out closed: once more to the same destination),
    /// <c>empty-response</c> (the application gave no response) and statuses such as <c>503</c> or <c>500-599</c> for
    /// <see cref="Methods"/> only. Default: connect-failure, stale-connection, overloaded.
    /// </summary>
    public IReadOnlyList<string>? On { get; init; }

    /// <summary>
    /// Methods of requests that may be sent again although the application may have executed them already, and that may travel on kept
    /// connections. Default: GET, HEAD, OPTIONS, TRACE.
    /// </summary>
    public IReadOnlyList<string>? Methods { get; init; }

    /// <summary>
    /// Share of the cluster's recent requests, in percent, that may be retries of requests which an application has received
    /// (overloaded, empty-response, statuses), so that retries do not multiply the load of an application in trouble; ten more are
    /// always allowed to gather. Range 0 to 100. Default: 20.
    /// </summary>
    public int? Budget { get; init; }
}
