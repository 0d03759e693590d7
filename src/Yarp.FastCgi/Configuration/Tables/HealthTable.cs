namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>How an application is asked whether it is well, and how busy it is.</summary>
internal static class HealthTable
{
    public static readonly TextSetting<FastCgiClusterOptions> ProbeBody = new()
    {
        Name = nameof(FastCgiClusterOptions.ProbeBody),
        Format = TextFormat.Line,
        DefaultNote = "none",
        Get = static options => options.ProbeBody,
        Set = static (options, value) => options with { ProbeBody = value },
        Summary = "What the body of a health probe's response has to be, blanks at both ends aside, under the health policy `FastCgiProbe`: `pong` for php-fpm's ping.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> ProbeFailures = new()
    {
        Name = nameof(FastCgiClusterOptions.ProbeFailures),
        Format = new IntegerFormat(1, 100, "probes"),
        Default = 2,
        Get = static options => options.ProbeFailures,
        Set = static (options, value) => options with { ProbeFailures = value },
        Summary = "Health probes that have to fail in a row, under the health policy `FastCgiProbe`, before a destination is out.",
    };

    public static readonly TextSetting<FastCgiClusterOptions> StatusPath = new()
    {
        Name = nameof(FastCgiClusterOptions.StatusPath),
        Format = TextFormat.UrlPath,
        DefaultNote = "none",
        Get = static options => options.StatusPath,
        Set = static (options, value) => options with { StatusPath = value },
        Summary = "php-fpm's `pm.status_path`, asked at the destination's `Health` address, else at its `Address`.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> StatusInterval = ClusterTime.Setting(
        nameof(FastCgiClusterOptions.StatusInterval),
        TimeSpan.FromSeconds(5),
        static options => options.StatusInterval,
        static (options, value) => options with { StatusInterval = value },
        "From one question for the status to the next; longer while there is no answer.");

    public static readonly ValueSetting<FastCgiClusterOptions, int> Gateways = new()
    {
        Name = nameof(FastCgiClusterOptions.Gateways),
        Format = new IntegerFormat(1, 1000, "gateways"),
        Default = 1,
        Get = static options => options.Gateways,
        Set = static (options, value) => options with { Gateways = value },
        Summary = "How many gateways share the workers under `MaxConnections: auto`.",
    };

    /// <summary>All of them, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        ProbeBody,
        ProbeFailures,
        StatusPath,
        StatusInterval,
        Gateways,
    ];
}
