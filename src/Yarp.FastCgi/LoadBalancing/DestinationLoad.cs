using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>How busy a destination is, to be compared with others of its cluster.</summary>
internal static class DestinationLoad
{
    /// <param name="pools">The connections of a FastCGI cluster; null for one of another kind.</param>
    /// <param name="destination">The destination.</param>
    public static double Of(DestinationPools? pools, DestinationState destination)
    {
        if (pools is null)
        {
            return destination.ConcurrentRequestCount;
        }

        // The request that is to be placed counts, so that of two idle destinations the larger one is less busy with it.
        var pool = pools.Get(destination.Model.Config.Address);
        var load = pool.Load;
        var requests = pool.RequestCount + (load?.OtherRequests ?? 0) + 1;
        return (double)requests / (load is { Workers: > 0 } ? load.Workers : pools.Settings.MaxConnections);
    }
}
