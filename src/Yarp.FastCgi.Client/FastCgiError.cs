namespace Yarp.FastCgi.Client;

/// <summary>What went wrong on the way to or from a FastCGI application.</summary>
public enum FastCgiError
{
    /// <summary>No connection could be established: refused, no such socket, no permission, unknown host. Nothing was sent.</summary>
    ConnectFailed = 1,

    /// <summary>No connection was established within ConnectTimeout. Nothing was sent.</summary>
    ConnectTimeout,

    /// <summary>MaxConnections are in use and QueueLimit requests wait already. Nothing was sent.</summary>
    QueueFull,

    /// <summary>No connection became free within QueueTimeout. Nothing was sent.</summary>
    QueueTimeout,

    /// <summary>A param is longer than one record can carry. Nothing was sent.</summary>
    ParamTooLong,

    /// <summary>The connection broke, or was closed by the application, before the response was complete.</summary>
    ConnectionLost,

    /// <summary>The response head was not complete within ResponseHeadTimeout.</summary>
    ResponseHeadTimeout,

    /// <summary>Nothing moved in either direction for ActivityTimeout.</summary>
    ActivityTimeout,

    /// <summary>The application sent records that FastCGI 1.0 does not allow.</summary>
    ProtocolViolation,

    /// <summary>The application ended the request without a complete response head.</summary>
    NoResponse,

    /// <summary>The response head is not what RFC 3875 section 6 describes.</summary>
    InvalidResponseHead,

    /// <summary>The response head is longer than MaxResponseHeadSize.</summary>
    ResponseHeadTooLarge,

    /// <summary>The response body is shorter than its Content-Length.</summary>
    ResponseTooShort,

    /// <summary>The application refused the request: FCGI_OVERLOADED. It was not executed.</summary>
    Overloaded,

    /// <summary>The application refused the request: FCGI_CANT_MPX_CONN. It was not executed.</summary>
    CannotMultiplex,

    /// <summary>The application refused the request: FCGI_UNKNOWN_ROLE. It was not executed.</summary>
    UnknownRole,

    /// <summary>The client went away, or the caller gave the request up.</summary>
    Canceled,

    /// <summary>The response body is not in the transfer coding that its head announces.</summary>
    InvalidResponseBody,

    /// <summary>
    /// An authorizer allowed the request, but not so that it can be relied on: with a variable that it must not set, a body without
    /// end, or an app status other than 0.
    /// </summary>
    InvalidAuthorization,

    /// <summary>More of the response came over a multiplexed connection than the client took and than MultiplexingBufferSize allows to hold.</summary>
    ResponseBufferFull,
}
