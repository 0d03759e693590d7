using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>What a failure means for the client and for YARP: one table, repeated for users in docs/library.md.</summary>
internal readonly record struct ForwardingFailure(ForwarderError Error, int StatusCode, bool IsCanceled = false)
{
    /// <summary>Classifies an exception; null when it is none that forwarding explains.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="clientBodyFailure">What reading the client's body failed with, if anything.</param>
    /// <param name="context">The request.</param>
    /// <param name="headIsRead">Whether the response head had been received.</param>
    public static ForwardingFailure? Classify(Exception exception, Exception? clientBodyFailure, HttpContext context, bool headIsRead)
    {
        if (clientBodyFailure is not null)
        {
            exception = clientBodyFailure;
        }

        return exception switch
        {
            OperationCanceledException or FastCgiException { Error: FastCgiError.Canceled } => Canceled(context, headIsRead),
            FastCgiException failure => FromApplication(failure.Error, headIsRead),
            AmbiguousHeaderException or UpgradeRefusedException => new(ForwarderError.RequestCreation, ((BadHttpRequestException)exception).StatusCode),
            SpoolException => new(ForwarderError.RequestCreation, StatusCodes.Status500InternalServerError),
            _ when headIsRead && clientBodyFailure is null => null,
            BadHttpRequestException bad => new(ForwarderError.RequestBodyClient, bad.StatusCode),
            TimeoutException => new(ForwarderError.RequestBodyClient, StatusCodes.Status408RequestTimeout),
            IOException => Canceled(context, headIsRead),
            _ => null,
        };
    }

    /// <summary>What YARP is told of an attempt that failed before there was a response head.</summary>
    public static ForwarderError OfAttempt(FastCgiError error) => FromApplication(error, headIsRead: false).Error;

    private static ForwardingFailure FromApplication(FastCgiError error, bool headIsRead) => error switch
    {
        FastCgiError.QueueFull or FastCgiError.QueueTimeout
            => new(ForwarderError.NoAvailableDestinations, StatusCodes.Status503ServiceUnavailable),
        FastCgiError.Overloaded
            => new(ForwarderError.Request, StatusCodes.Status503ServiceUnavailable),
        FastCgiError.ConnectTimeout or FastCgiError.ResponseHeadTimeout
            => new(ForwarderError.RequestTimedOut, StatusCodes.Status504GatewayTimeout),
        FastCgiError.ParamTooLong
            => new(ForwarderError.RequestCreation, StatusCodes.Status431RequestHeaderFieldsTooLarge),
        FastCgiError.InvalidResponseHead or FastCgiError.ResponseHeadTooLarge or FastCgiError.InvalidAuthorization
            => new(ForwarderError.ResponseHeaders, StatusCodes.Status502BadGateway),
        FastCgiError.ResponseBufferFull
            => new(ForwarderError.ResponseBodyClient, StatusCodes.Status502BadGateway),
        FastCgiError.ActivityTimeout when !headIsRead
            => new(ForwarderError.RequestTimedOut, StatusCodes.Status504GatewayTimeout),
        _ when headIsRead
            => new(ForwarderError.ResponseBodyDestination, StatusCodes.Status502BadGateway),
        _ => new(ForwarderError.Request, StatusCodes.Status502BadGateway),
    };

    private static ForwardingFailure Canceled(HttpContext context, bool headIsRead)
    {
        // The route's Timeout cancels RequestAborted just as a client does that goes away.
        if (context.Features.Get<IHttpRequestTimeoutFeature>() is { RequestTimeoutToken.IsCancellationRequested: true })
        {
            return new(headIsRead ? ForwarderError.ResponseBodyCanceled : ForwarderError.RequestTimedOut, StatusCodes.Status504GatewayTimeout);
        }

        return new(
            headIsRead ? ForwarderError.ResponseBodyCanceled : ForwarderError.RequestCanceled,
            context.RequestAborted.IsCancellationRequested ? StatusCodes.Status499ClientClosedRequest : StatusCodes.Status502BadGateway,
            IsCanceled: true);
    }
}
