namespace Yarp.FastCgi;

/// <summary>
/// A local FastCGI program that the gateway starts, watches, restarts and stops. Every property but <see cref="Command"/> is optional.
/// </summary>
public sealed record FastCgiInterpreterOptions
{
    /// <summary>
    /// The program and its arguments. A single text is split at blanks; quotes and backslashes keep blanks together, and no shell is
    /// asked. The program must stay in the foreground. No default.
    /// </summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>
    /// Whether the gateway listens at the destination's address and passes the socket to the program as descriptor 0
    /// (FCGI_LISTENSOCK_FILENO, FastCGI 1.0 section 2.2); otherwise the program listens there itself. Default: false.
    /// </summary>
    public bool? PassSocket { get; init; }

    /// <summary>When the program is started. Default: OnDemand.</summary>
    public FastCgiInterpreterStart? Start { get; init; }

    /// <summary>The directory that the program starts in. Default: the gateway's, or the root of Chroot.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>
    /// Environment variables of the program. <c>$NAME</c> and <c>${NAME}</c> stand for a variable of the gateway, <c>$$</c> for a dollar
    /// sign. No default.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Whether the program has the gateway's environment variables as well. Default: true unless Environment is set.</summary>
    public bool? InheritEnvironment { get; init; }

    /// <summary>The user, by name or number, that the program runs as; the gateway must be root. Default: the gateway's.</summary>
    public string? User { get; init; }

    /// <summary>
    /// The group, by name or number, that the program runs with; the gateway must be root. Default: that of User, else the gateway's.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>The directory that is the program's file system root; the gateway must be root. No default.</summary>
    public string? Chroot { get; init; }

    /// <summary>
    /// How long the program may take until it accepts connections, and how long a request waits for that. Above zero, up to 24 days.
    /// Default: 3 seconds.
    /// </summary>
    public TimeSpan? StartTimeout { get; init; }

    /// <summary>
    /// How long requests in work may take to end when the program is stopped, and how long it may then take to end behind KillSignal
    /// before it is killed. Above zero, up to 24 days. Default: 10 seconds.
    /// </summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>The signal that asks the program to end. Default: SIGTERM.</summary>
    public string? KillSignal { get; init; }

    /// <summary>
    /// How many starts in a row may fail, a crash within a second counting as one, before the destination counts as failed and is tried
    /// every 30 seconds only. Range 1 to 1000. Default: 5.
    /// </summary>
    public int? MaxFailures { get; init; }

    /// <summary>How many processes run at the most; more than one needs PassSocket. Range 1 to 1000. Default: 1.</summary>
    public int? Instances { get; init; }

    /// <summary>
    /// How many processes are kept. Up to Instances are added while connections wait for one. Range 0 to 1000. Default: Instances.
    /// </summary>
    public int? MinInstances { get; init; }

    /// <summary>
    /// How long no request must have been in work before the processes above MinInstances are stopped. Above zero, up to 24 days.
    /// Default: 60 seconds.
    /// </summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>How many connections a process serves, on the average, before another takes its place. Range 1 to 1000000000. No default.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>Whether the program's output goes to the gateway's standard error stream too, as it comes. Default: false.</summary>
    public bool? Debug { get; init; }
}
