namespace Yarp.FastCgi;

/// <summary>
/// Names of the load-balancing policies that AddFastCgi adds to YARP's own, for <c>LoadBalancingPolicy</c> of a cluster. All of them work on
/// HTTP clusters too.
/// </summary>
public static class FastCgiLoadBalancingPolicies
{
    /// <summary>
    /// The same destination for the same client address, as long as it is available; when one leaves, only its clients move (rendezvous
    /// hashing). The metadata <c>IpHash.IPv4PrefixLength</c> (0 to 32, default 32) and <c>IpHash.IPv6PrefixLength</c> (0 to 128, default 128)
    /// of the cluster say how much of the address counts.
    /// </summary>
    public static string IpHash => nameof(IpHash);

    /// <summary>The first available destination in the order in which the cluster has them; again the first one once it is back.</summary>
    public static string Failover => nameof(Failover);

    /// <summary>
    /// Turns by weight, evenly mixed: the metadata <c>Weight</c>, or <c>FastCgi:Weight</c>, of a destination is its share (1 to 1000, default 1).
    /// </summary>
    public static string WeightedRoundRobin => nameof(WeightedRoundRobin);

    /// <summary>
    /// The destination with the fewest requests at work and in the queue for its size. Without FastCGI connections to look at, as
    /// on an HTTP cluster, YARP's count of running requests takes their place.
    /// </summary>
    public static string FastCgiLeastBusy => nameof(FastCgiLeastBusy);
}
