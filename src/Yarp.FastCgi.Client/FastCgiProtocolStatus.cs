namespace Yarp.FastCgi.Client;

/// <summary>
/// How a FastCGI application ended a request at the level of the protocol: the byte protocolStatus of
/// END_REQUEST (FastCGI 1.0, section 5.5). What the program itself made of the request is the separate appStatus.
/// </summary>
/// <remarks>An application may send other values; the specification gives them no meaning and none means success.</remarks>
public enum FastCgiProtocolStatus : byte
{
    /// <summary>The request ended normally (FCGI_REQUEST_COMPLETE). The only value that means success.</summary>
    RequestComplete = 0,

    /// <summary>
    /// The request was refused because the application takes one request at a time on a connection (FCGI_CANT_MPX_CONN). Nothing was executed.
    /// </summary>
    CantMultiplex = 1,

    /// <summary>
    /// The request was refused because the application has run out of a resource, such as database connections (FCGI_OVERLOADED). Nothing was executed.
    /// </summary>
    Overloaded = 2,

    /// <summary>
    /// The request was refused because the application does not play the <see cref="FastCgiRole"/> asked for (FCGI_UNKNOWN_ROLE). Nothing was executed.
    /// </summary>
    UnknownRole = 3,
}
