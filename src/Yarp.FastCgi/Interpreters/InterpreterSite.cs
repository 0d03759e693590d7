using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Interpreters;

/// <summary>A destination that has an interpreter.</summary>
internal sealed record InterpreterSite(ClusterState Cluster, DestinationState Destination, InterpreterSettings Settings)
{
    public override string ToString() => $"cluster '{Cluster.ClusterId}', destination '{Destination.DestinationId}'";
}
