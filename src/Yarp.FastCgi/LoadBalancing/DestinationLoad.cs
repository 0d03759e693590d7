using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>How busy a destination is, to be compared with others of its cluster.</summary>
internal static class DestinationLoad
{
    /// <param name="pools">The connections of a FastCGI cluster; null for one of another kind.</param>
    /// <param name="destination">The destination.</param>
    public static double Of(DestinationPools? pools, DestinationState destination)
        => pools is null ? destination.ConcurrentRequestCount : pools.Get(destination.Model.Config.Address).RequestCount;
}
