namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>Every log event of the gateway itself.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "The changed configuration file is not used, the configuration before it goes on: {Error}", EventName = "ConfigurationFileUnreadable")]
    public static partial void ConfigurationFileUnreadable(ILogger logger, string error);
}
