namespace Yarp.FastCgi.Configuration;

/// <summary>What a cluster's applications are asked about their load, with every default applied.</summary>
/// <param name="Path">php-fpm's pm.status_path; null when the application is asked by GET_VALUES, or not at all.</param>
/// <param name="Interval">From one question to the next.</param>
/// <param name="FollowsCapacity">Whether MaxConnections is as many as the application has workers.</param>
/// <param name="Gateways">Among so many gateways the workers are shared.</param>
internal sealed record StatusSettings(string? Path, TimeSpan Interval, bool FollowsCapacity, int Gateways)
{
    /// <summary>Whether there is anything to ask.</summary>
    public bool IsWanted => Path is not null || FollowsCapacity;
}
