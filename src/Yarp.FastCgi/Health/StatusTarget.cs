using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Health;

/// <summary>Whom to ask how busy it is, and how. Equal while nothing about that has changed.</summary>
internal sealed record StatusTarget(string ClusterId, string DestinationId, string Address, string StatusAddress, StatusSettings Settings, FastCgiMessageInvoker Invoker)
{
    /// <summary>Whether the worker that answers is one of those that it counts.</summary>
    public bool CountsItself => StatusAddress == Address;

    /// <summary>Whether the size of the same pool is set by this one from here on.</summary>
    public bool FollowsOn(StatusTarget former)
        => Settings.FollowsCapacity && Address == former.Address && ReferenceEquals(Invoker.Pools, former.Invoker.Pools);

    /// <summary>One for each destination of a cluster that is to be asked.</summary>
    public static IEnumerable<StatusTarget> Of(ClusterState cluster)
    {
        if (cluster.Model.HttpClient is not FastCgiMessageInvoker invoker || SettingsResolver.ResolveStatus(cluster.Model.Config.Metadata) is not { IsWanted: true } settings)
        {
            return [];
        }

        return cluster.DestinationsState.AllDestinations.Select(destination =>
        {
            var config = destination.Model.Config;
            return new StatusTarget(
                cluster.ClusterId, destination.DestinationId, config.Address, config.Health is { Length: > 0 } health ? health : config.Address, settings, invoker);
        });
    }
}
