namespace Yarp.FastCgi.Configuration;

/// <summary>Where the options of a record may stand.</summary>
internal static class SettingScopes
{
    public static SettingScope Of<TOptions>()
        where TOptions : class, IFastCgiOptions
        => typeof(TOptions) == typeof(FastCgiDestinationOptions) ? SettingScope.Destination
            : typeof(TOptions) == typeof(FastCgiClusterOptions) ? SettingScope.Cluster
            : SettingScope.RouteAndCluster;
}
