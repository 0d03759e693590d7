using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>A destination as the metrics name it: by server.address, server.port and fastcgi.cluster.id.</summary>
internal readonly record struct DestinationKey(string? ClusterId, string Address, int Port)
{
    public static DestinationKey? Of(string clusterId, string address)
        => FastCgiEndpoint.TryParse(address, out var endpoint, out _)
            ? new(clusterId, endpoint.IsUnix ? endpoint.UnixPath! : endpoint.Host!, endpoint.IsUnix ? 0 : endpoint.Port)
            : null;
}
