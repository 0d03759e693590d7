namespace Yarp.FastCgi.Configuration;

/// <summary>Where an option may stand.</summary>
internal enum SettingScope
{
    /// <summary>It describes the application: on the route, and on the cluster as the default of its routes.</summary>
    RouteAndCluster,

    /// <summary>It describes the connections: on the cluster only.</summary>
    Cluster,

    /// <summary>It describes one information source: on the destination only.</summary>
    Destination,
}
