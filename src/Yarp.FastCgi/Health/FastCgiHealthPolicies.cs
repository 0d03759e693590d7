namespace Yarp.FastCgi;

/// <summary>Names of the health policies that AddFastCgi adds to YARP's own.</summary>
public static class FastCgiHealthPolicies
{
    /// <summary>
    /// Passive (<c>HealthCheck:Passive:Policy</c>), on clusters of any kind: a destination to which no connection can be established is out for
    /// <c>ReactivationPeriod</c>, 10 seconds unless set, from the first such failure on.
    /// </summary>
    public static string ConnectFailure => nameof(ConnectFailure);
}
