using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Forwarder;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>The names of failures in telemetry (<c>error.type</c>); listed in docs/library.md.</summary>
internal static class ErrorTypes
{
    // The conventions' word for what has no name of its own.
    private const string Other = "_OTHER";

    /// <param name="failure">What the failure means.</param>
    /// <param name="exception">What was thrown.</param>
    public static string Get(ForwardingFailure failure, Exception exception) => exception switch
    {
        OperationCanceledException or FastCgiException { Error: FastCgiError.Canceled } => failure.IsCanceled ? "canceled" : "request_timeout",
        FastCgiException known => Get(known.Error),
        TimeoutException => "request_body_timeout",
        UpgradeRefusedException => "upgrade_refused",
        BadHttpRequestException => "request_body",
        _ => failure.IsCanceled ? "canceled" : Other,
    };

    /// <param name="exception">What was thrown for a request message, which has no client.</param>
    /// <param name="isCanceled">Whether its caller has given it up.</param>
    public static string Get(Exception exception, bool isCanceled)
        => isCanceled ? "canceled" : exception is FastCgiException known ? Get(known.Error) : Other;

    public static string Get(FastCgiError error) => error switch
    {
        FastCgiError.ConnectFailed => "connect_failed",
        FastCgiError.ConnectTimeout => "connect_timeout",
        FastCgiError.QueueFull => "queue_full",
        FastCgiError.QueueTimeout => "queue_timeout",
        FastCgiError.ParamTooLong => "param_too_long",
        FastCgiError.ConnectionLost => "connection_lost",
        FastCgiError.ResponseHeadTimeout => "response_head_timeout",
        FastCgiError.ActivityTimeout => "activity_timeout",
        FastCgiError.ProtocolViolation => "protocol_violation",
        FastCgiError.NoResponse => "no_response",
        FastCgiError.InvalidResponseHead => "invalid_response_head",
        FastCgiError.ResponseHeadTooLarge => "response_head_too_large",
        FastCgiError.ResponseTooShort => "response_too_short",
        FastCgiError.Overloaded => "overloaded",
        FastCgiError.CannotMultiplex => "cannot_multiplex",
        FastCgiError.UnknownRole => "unknown_role",
        FastCgiError.Canceled => "canceled",
        FastCgiError.InvalidResponseBody => "invalid_response_body",
        FastCgiError.InvalidAuthorization => "invalid_authorization",
        FastCgiError.ResponseBufferFull => "response_buffer_full",
        _ => Other,
    };
}
