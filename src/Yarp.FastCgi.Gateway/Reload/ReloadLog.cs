namespace Yarp.FastCgi.Gateway.Reload;

/// <summary>Log events of changes to the configuration.</summary>
internal static partial class ReloadLog
{
    [LoggerMessage(1, LogLevel.Error, "The changed configuration is not used, the configuration before it goes on: {Error}", EventName = "ConfigurationRefused")]
    public static partial void ConfigurationRefused(ILogger logger, string error);

    [LoggerMessage(27, LogLevel.Information, "The configuration was read again from {File}.", EventName = "ConfigurationRead")]
    public static partial void ConfigurationRead(ILogger logger, string file);

    [LoggerMessage(28, LogLevel.Warning, "'{Key}' has changed, but is read at the start only: restart the gateway.", EventName = "RestartNeeded")]
    public static partial void RestartNeeded(ILogger logger, string key);
}
