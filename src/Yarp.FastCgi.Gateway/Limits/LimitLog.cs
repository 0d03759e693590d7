using System.Net;

namespace Yarp.FastCgi.Gateway.Limits;

/// <summary>Log events of limits.</summary>
internal static partial class LimitLog
{
    // Debug: whoever opens connections must not be able to fill the log.
    [LoggerMessage(22, LogLevel.Debug, "A connection from {Client} was closed: it has {Count} of them already (Gateway:Limits:MaxConnectionsPerClient).", EventName = "TooManyConnections")]
    public static partial void TooManyConnections(ILogger logger, IPAddress client, int count);
}
