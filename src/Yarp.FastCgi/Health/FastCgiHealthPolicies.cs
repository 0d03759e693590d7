namespace Yarp.FastCgi;

/// <summary>Names of the health policies that AddFastCgi adds to YARP's own.</summary>
public static class FastCgiHealthPolicies
{
    /// <summary>
    /// Passive (<c>HealthCheck:Passive:Policy</c>), on clusters of any kind: a destination to which no connection can be established is out for
    /// <c>ReactivationPeriod</c>, 10 seconds unless set, from the first such failure on.
    /// </summary>
    public static string ConnectFailure => nameof(ConnectFailure);

    /// <summary>
    /// Active (<c>HealthCheck:Active:Policy</c>), on FastCGI clusters: a destination is out when <see cref="FastCgiClusterOptions.ProbeFailures"/>
    /// probes in a row failed, and back with the first that succeeds: status 2xx, and the body <see cref="FastCgiClusterOptions.ProbeBody"/> if that
    /// is set. A probe without an answer from a destination that is busy with requests counts neither way.
    /// </summary>
    public static string FastCgiProbe => nameof(FastCgiProbe);
}
