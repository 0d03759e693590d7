using Microsoft.Extensions.Logging;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>Every log event of the library. Ids are stable.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{Error} on {Where}: answered {StatusCode}. {Reason}", EventName = "ForwardingFailed")]
    public static partial void ForwardingFailed(ILogger logger, string error, string where, int statusCode, string reason, Exception? exception);

    [LoggerMessage(2, LogLevel.Warning, "{Error} on {Where}: the response had begun, so the client's connection was reset. {Reason}", EventName = "ResponseCutShort")]
    public static partial void ResponseCutShort(ILogger logger, string error, string where, string reason, Exception? exception);

    [LoggerMessage(3, LogLevel.Debug, "The client of {Where} went away, or the request was given up. {Reason}", EventName = "RequestCanceled")]
    public static partial void RequestCanceled(ILogger logger, string where, string reason, Exception? exception);

    [LoggerMessage(4, LogLevel.Debug, "No script for {Path} on {Where}: {Outcome}, answered {StatusCode}.", EventName = "ScriptNotFound")]
    public static partial void ScriptNotFound(ILogger logger, string path, string where, string outcome, int statusCode);

    [LoggerMessage(5, LogLevel.Debug, "A kept connection to {Address} was of no use any more; the request goes over a new one.", EventName = "StaleConnection")]
    public static partial void StaleConnection(ILogger logger, string address, Exception exception);

    [LoggerMessage(6, LogLevel.Warning, "The response of {Where} is longer than its Content-Length; the rest was dropped.", EventName = "ResponseTooLong")]
    public static partial void ResponseTooLong(ILogger logger, string where);

    [LoggerMessage(7, LogLevel.Warning, "The application on {Where} ended the request with app status {AppStatus}.", EventName = "AppStatus")]
    public static partial void AppStatus(ILogger logger, string where, uint appStatus);

    [LoggerMessage(8, LogLevel.Warning, "The response of {Where} was complete, but the application did not end it with END_REQUEST.", EventName = "MissingEndRequest")]
    public static partial void MissingEndRequest(ILogger logger, string where);

    [LoggerMessage(EventId = 9, Message = "stderr of {Where}: {Line}", EventName = "Stderr")]
    public static partial void Stderr(ILogger logger, LogLevel level, string where, string line);

    [LoggerMessage(10, LogLevel.Warning, "stderr of {Where}: {Dropped} more bytes of this request were dropped.", EventName = "StderrDropped")]
    public static partial void StderrDropped(ILogger logger, string where, long dropped);

    [LoggerMessage(11, LogLevel.Debug, "The transforms of {Where} have set the response; the request is not forwarded.", EventName = "NotForwarding")]
    public static partial void NotForwarding(ILogger logger, string where);

    [LoggerMessage(12, LogLevel.Warning, "The application at {Address} is not used with Multiplexing, each request has a connection of its own: {Reason}.", EventName = "NotMultiplexing")]
    public static partial void NotMultiplexing(ILogger logger, string address, string reason);

    [LoggerMessage(13, LogLevel.Warning, "The application at {Address} wrote for a request that it had ended, on a kept connection that carries the next one already: dropped. A script prints behind fastcgi_finish_request.", EventName = "FormerOutputDropped")]
    public static partial void FormerOutputDropped(ILogger logger, string address);

    [LoggerMessage(14, LogLevel.Warning, "stderr of {Address}: {Count} more lines were held back, {Limit} a second are logged.", EventName = "StderrHeldBack")]
    public static partial void StderrHeldBack(ILogger logger, string address, long count, int limit);

    [LoggerMessage(15, LogLevel.Warning, "php-fpm says 'File not found.' on {Where}: it has no SCRIPT_FILENAME {File}. {Why}", EventName = "ScriptUnknownToApplication")]
    public static partial void ScriptUnknownToApplication(ILogger logger, string where, string file, string why);

    [LoggerMessage(16, LogLevel.Warning, "php-fpm says 'Access denied.' on {Where}: SCRIPT_FILENAME {File} has the extension '{Extension}', which security.limit_extensions of its pool does not list (.php .phar unless set). ScriptExtensions, Index or ScriptFile of the route made it a script.", EventName = "ScriptDeniedByApplication")]
    public static partial void ScriptDeniedByApplication(ILogger logger, string where, string file, string extension);

    [LoggerMessage(20, LogLevel.Debug, "The application on {Where} redirects the request for '{Path}' to its own '{Target}'.", EventName = "LocalRedirect")]
    public static partial void LocalRedirect(ILogger logger, string where, string path, string target);

    [LoggerMessage(21, LogLevel.Warning, "The ErrorPath '{Path}' on {Where} leads to no script; the error {StatusCode} of the application was answered by the gateway's page.", EventName = "ErrorPathNotFound")]
    public static partial void ErrorPathNotFound(ILogger logger, string path, string where, int statusCode);

    [LoggerMessage(22, LogLevel.Warning, "The application on {Where} named the file {Name} to be sent, which does not exist or lies outside of XSendfileRoots and XAccelRedirect: answered {StatusCode}.", EventName = "SendfileRefused")]
    public static partial void SendfileRefused(ILogger logger, string name, string where, int statusCode);

    [LoggerMessage(30, LogLevel.Warning, "{Cause} on {Where}: the request goes to destination '{Next}', attempt {Attempt} of {MaxAttempts} (Retries:MaxAttempts). {Reason}", EventName = "Retry")]
    public static partial void Retry(ILogger logger, string cause, string where, string next, int attempt, int maxAttempts, string? reason);

    [LoggerMessage(31, LogLevel.Warning, "{Cause} on {Where}: the request is not sent again, because too many of the cluster's recent requests were (Retries:Budget).", EventName = "RetryBudgetSpent")]
    public static partial void RetryBudgetSpent(ILogger logger, string cause, string where);

    [LoggerMessage(32, LogLevel.Information, "request_drain_timeout on {Where}: the application answered without the whole body, and its rest did not end within RequestDrainTimeout ({Timeout}): the client's connection was closed.", EventName = "RequestDrainTimeout")]
    public static partial void RequestDrainTimeout(ILogger logger, string where, TimeSpan timeout);

    [LoggerMessage(40, LogLevel.Debug, "{Where}: refused with {StatusCode}.", EventName = "AuthorizerRefused")]
    public static partial void AuthorizerRefused(ILogger logger, string where, int statusCode);

    [LoggerMessage(41, LogLevel.Error, "The FastCGI authorizer of cluster '{ClusterId}' is required for {Resource}, but can be asked for an HttpContext only: refused.", EventName = "AuthorizerWithoutRequest")]
    public static partial void AuthorizerWithoutRequest(ILogger logger, string clusterId, string resource);

    [LoggerMessage(50, LogLevel.Warning, "Destination '{DestinationId}' of cluster '{ClusterId}' is unhealthy: {Failures} health probes in a row failed (ProbeFailures). The last one: {Reason}", EventName = "ProbesFailed")]
    public static partial void ProbesFailed(ILogger logger, string destinationId, string clusterId, int failures, string reason);

    [LoggerMessage(51, LogLevel.Debug, "A health probe of destination '{DestinationId}' of cluster '{ClusterId}' counts neither way. {Reason}", EventName = "ProbeUndecided")]
    public static partial void ProbeUndecided(ILogger logger, string destinationId, string clusterId, string reason);

    [LoggerMessage(52, LogLevel.Warning, "Destination '{DestinationId}' of cluster '{ClusterId}' does not say how busy it is (StatusPath, or MaxConnections: auto). {Reason}", EventName = "StatusUnknown")]
    public static partial void StatusUnknown(ILogger logger, string destinationId, string clusterId, string reason);

    [LoggerMessage(53, LogLevel.Information, "Destination '{DestinationId}' of cluster '{ClusterId}' says how busy it is: it has {Workers} workers.", EventName = "StatusKnown")]
    public static partial void StatusKnown(ILogger logger, string destinationId, string clusterId, int workers);

    [LoggerMessage(61, LogLevel.Warning, "The path {Path} of a request on {Where} has a control character or a dot segment, which no name of a file has: answered {StatusCode}.", EventName = "PathRefused")]
    public static partial void PathRefused(ILogger logger, string path, string where, int statusCode);

    [LoggerMessage(62, LogLevel.Warning, "The script {Script} on {Where} lies outside of the root, where a symbolic link leads: answered {StatusCode}. (ScriptsOutsideRoot: true allows it.)", EventName = "ScriptOutsideRoot")]
    public static partial void ScriptOutsideRoot(ILogger logger, string script, string where, int statusCode);

    [LoggerMessage(63, LogLevel.Warning, "The application on {Where} sent a record of type {Type}, which has no place in a response; it was skipped, and so were all others of that kind.", EventName = "RecordsSkipped")]
    public static partial void RecordsSkipped(ILogger logger, string where, byte type);

    [LoggerMessage(64, LogLevel.Warning, "The application of {Where} listens at the public address {Address}: FastCGI has no authentication, and who reaches php-fpm's port runs any code. Use a unix socket, the loopback address or a private network.", EventName = "PublicDestination")]
    public static partial void PublicDestination(ILogger logger, string where, string address);

    [LoggerMessage(70, LogLevel.Warning, "{Difference} php-fpm keeps what a request has set on its worker, for requests of other routes too, unless they set it again. Give each route a pool (a destination address) of its own, or the same PhpValues and PhpAdminValues.", EventName = "PhpSettingsDiffer")]
    public static partial void PhpSettingsDiffer(ILogger logger, string difference);

    [LoggerMessage(71, LogLevel.Information, "{Count} files of request bodies that a gateway had left in {Directory} (RequestBodyFileDirectory) were deleted.", EventName = "BodyFilesSwept")]
    public static partial void BodyFilesSwept(ILogger logger, int count, string directory);

    [LoggerMessage(72, LogLevel.Warning, "Files of request bodies that a gateway may have left in {Directory} (RequestBodyFileDirectory) cannot be deleted: {Reason}", EventName = "BodyFilesNotSwept")]
    public static partial void BodyFilesNotSwept(ILogger logger, string directory, string reason);

    [LoggerMessage(100, LogLevel.Information, "The interpreter of {Where} was started as process {ProcessId} and accepts connections.", EventName = "InterpreterStarted")]
    public static partial void InterpreterStarted(ILogger logger, string where, int processId);

    [LoggerMessage(101, LogLevel.Warning, "The interpreter of {Where}, process {ProcessId}, {Exit}; it is started again.", EventName = "InterpreterExited")]
    public static partial void InterpreterExited(ILogger logger, string where, int processId, string exit);

    [LoggerMessage(102, LogLevel.Warning, "The interpreter of {Where} did not start: {Reason}. The next attempt is in {Delay}.", EventName = "InterpreterNotStarted")]
    public static partial void InterpreterNotStarted(ILogger logger, string where, string reason, TimeSpan delay);

    [LoggerMessage(103, LogLevel.Error, "The destination of {Where} is down: {Reason}", EventName = "InterpreterFailed")]
    public static partial void InterpreterFailed(ILogger logger, string where, string reason);

    [LoggerMessage(104, LogLevel.Information, "The interpreter of {Where}, process {ProcessId}, was stopped: {Reason}.", EventName = "InterpreterStopped")]
    public static partial void InterpreterStopped(ILogger logger, string where, int processId, string reason);

    [LoggerMessage(105, LogLevel.Warning, "The interpreter of {Where}, process {ProcessId}, did not end within StopTimeout ({Timeout}) behind its KillSignal, and was killed.", EventName = "InterpreterKilled")]
    public static partial void InterpreterKilled(ILogger logger, string where, int processId, TimeSpan timeout);

    [LoggerMessage(106, LogLevel.Warning, "output of the interpreter of {Where}, process {ProcessId}: {Line}", EventName = "InterpreterOutput")]
    public static partial void InterpreterOutput(ILogger logger, string where, int processId, string line);
}
