namespace Yarp.FastCgi.Client;

/// <summary>
/// The role that a web server asks a FastCGI application to play for one request
/// (FastCGI 1.0, sections 5.1 and 6). It travels as two bytes, most significant first, in BEGIN_REQUEST.
/// </summary>
/// <remarks>An application that does not play the role answers <see cref="FastCgiProtocolStatus.UnknownRole"/>.</remarks>
public enum FastCgiRole : ushort
{
    /// <summary>
    /// Receives the whole request and answers with a CGI/1.1 response (FCGI_RESPONDER, section 6.2). This is what web applications are.
    /// </summary>
    Responder = 1,

    /// <summary>
    /// Receives the request's params and answers whether the request is allowed (FCGI_AUTHORIZER, section 6.3). It gets no request body.
    /// </summary>
    Authorizer = 2,

    /// <summary>
    /// Receives the request and a file of the web server as a DATA stream, and answers with the filtered content (FCGI_FILTER, section 6.4).
    /// Not supported.
    /// </summary>
    Filter = 3,
}
