namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>Every log event of the gateway itself.</summary>
internal static partial class Log
{
    [LoggerMessage(2, LogLevel.Information, "Stopping: not ready any more, serving for {Delay} (Gateway:DrainDelay). Another signal ends the delay.", EventName = "Draining")]
    public static partial void Draining(ILogger logger, TimeSpan delay);

    [LoggerMessage(3, LogLevel.Warning, "Requests still ran when the stop had lasted {Timeout} (Gateway:DrainTimeout), or a further signal came: they were cut.", EventName = "RequestsCut")]
    public static partial void RequestsCut(ILogger logger, TimeSpan timeout);

    [LoggerMessage(10, LogLevel.Warning, "Requests are missing in the access log: '{Path}' (Gateway:AccessLog:Path) cannot be written to. {Reason}", EventName = "AccessLogFailed")]
    public static partial void AccessLogFailed(ILogger logger, string path, string reason);
}
