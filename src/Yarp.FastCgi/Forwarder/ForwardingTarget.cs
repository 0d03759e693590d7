using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Retries;
using Yarp.FastCgi.Transport;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Where a request goes, and what it may go to instead when that fails.</summary>
/// <param name="Pool">The connections to the destination.</param>
/// <param name="Connections">The cluster's connection settings.</param>
/// <param name="Retries">When the request is sent again.</param>
/// <param name="Pools">The connections to all destinations of the cluster; null without a cluster.</param>
/// <param name="Others">Finds another destination; null when there is none.</param>
internal readonly record struct ForwardingTarget(
    ConnectionPool Pool, ConnectionSettings Connections, RetryPolicy Retries, DestinationPools? Pools = null, OtherDestinations? Others = null);
