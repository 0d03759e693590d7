namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>Options of clusters that are a time.</summary>
internal static class ClusterTime
{
    public static ValueSetting<FastCgiClusterOptions, TimeSpan> Setting(
        string name,
        TimeSpan defaultValue,
        Func<FastCgiClusterOptions, TimeSpan?> get,
        Func<FastCgiClusterOptions, TimeSpan, FastCgiClusterOptions> set,
        string summary)
        => new() { Name = name, Format = new TimeFormat(), Default = defaultValue, Get = get, Set = set, Summary = summary };
}
