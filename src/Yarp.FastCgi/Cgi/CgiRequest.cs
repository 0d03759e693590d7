using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// A request as it goes to the application, read once from the request of ASP.NET Core and, where transforms ran, from their result.
/// Header fields are written straight from their source and are not part of it.
/// </summary>
internal readonly record struct CgiRequest
{
    public required string Method { get; init; }

    /// <summary>The decoded path that is resolved to a script; begins with a slash. A slash alone for OPTIONS *.</summary>
    public required string Path { get; init; }

    /// <summary>What stands before <see cref="Path"/> in the client's URL because ASP.NET Core took it off; empty or beginning with a slash.</summary>
    public required string PathBase { get; init; }

    /// <summary>
    /// <see cref="PathBase"/> and what a transform (PathRemovePrefix) took off: SCRIPT_NAME of an application that serves the whole tree.
    /// </summary>
    public required string MountPrefix { get; init; }

    /// <summary>With its question mark when not empty.</summary>
    public required string Query { get; init; }

    /// <summary>The request target as the client sent it, in origin form (E80); <c>*</c> for OPTIONS *.</summary>
    public required string RequestUri { get; init; }

    /// <summary>The value of Host or :authority; empty when the client sent none.</summary>
    public required string Host { get; init; }

    public required string Scheme { get; init; }

    /// <summary>As ASP.NET Core has it: <c>HTTP/1.1</c>, <c>HTTP/2</c>.</summary>
    public required string Protocol { get; init; }

    public IPAddress? LocalAddress { get; init; }

    /// <summary>0 when the listener has none (a unix socket), or when a proxy in front reports another scheme than the connection's.</summary>
    public int LocalPort { get; init; }

    public IPAddress? RemoteAddress { get; init; }

    public int RemotePort { get; init; }

    public string? RemoteUser { get; init; }

    public string? AuthType { get; init; }

    public string? ContentType { get; init; }

    /// <summary>Null when there is no body (RFC 3875 section 4.1.2), or when it is streamed and its length is not known.</summary>
    public long? ContentLength { get; init; }

    /// <summary>REQUEST_BODY_FILE: where the application finds the body that STDIN does not carry (G13); null when STDIN does.</summary>
    public string? BodyFile { get; init; }

    /// <summary>REDIRECT_STATUS: 200, or the status that an error script is asked to explain. php-cgi insists on it (G23).</summary>
    public int RedirectStatus { get; init; } = StatusCodes.Status200OK;

    /// <summary>REDIRECT_URL: the path whose response led here; null for a request of the client.</summary>
    public string? RedirectUrl { get; init; }

    /// <summary>The query of <see cref="RedirectUrl"/>, with its question mark when not empty.</summary>
    public string RedirectQuery { get; init; } = "";

    /// <summary>Whether an error script is asked to explain what became of the client's request.</summary>
    public bool IsForError => RedirectStatus != StatusCodes.Status200OK;

    public CgiRequest()
    {
    }

    /// <summary>The request for another path of the same application that is made in place of this one: a GET without a body.</summary>
    /// <param name="target">The other path.</param>
    /// <param name="prefix">What stands before this request's path in the client's URL.</param>
    /// <param name="status">REDIRECT_STATUS.</param>
    public CgiRequest RedirectTo(in LocalPath target, string prefix, int status) => this with
    {
        Method = HttpMethods.Get,
        Path = target.Path,
        Query = target.Query,
        ContentType = null,
        ContentLength = null,
        BodyFile = null,
        RedirectStatus = status,
        RedirectUrl = prefix + Path,
        RedirectQuery = Query,
    };

    /// <summary>The request as an upgrade of HTTP/1.1, whichever version the client speaks: a GET.</summary>
    public CgiRequest ToUpgrade() => this with { Method = HttpMethods.Get, Protocol = HttpProtocol.Http11 };

    /// <summary>The request as it came in.</summary>
    public static CgiRequest FromHttpContext(HttpContext context)
    {
        var request = context.Request;
        var connection = context.Connection;
        // HttpContext.User would make a user where nobody has authenticated one.
        var identity = context.Features.Get<IHttpAuthenticationFeature>()?.User?.Identity;
        var isAuthenticated = identity is { IsAuthenticated: true };
        var pathBase = request.PathBase.Value ?? "";
        return new CgiRequest
        {
            Method = request.Method,
            Path = request.Path.Value is { Length: > 0 } path ? path : "/",
            PathBase = pathBase,
            MountPrefix = pathBase,
            Query = request.QueryString.Value ?? "",
            RequestUri = OriginForm(context, request),
            Host = request.Host.Value ?? "",
            Scheme = request.Scheme,
            Protocol = request.Protocol,
            LocalAddress = connection.LocalIpAddress,
            LocalPort = IsSchemeForwarded(context) ? 0 : connection.LocalPort,
            RemoteAddress = connection.RemoteIpAddress,
            RemotePort = connection.RemotePort,
            RemoteUser = isAuthenticated ? identity!.Name ?? "" : null,
            AuthType = isAuthenticated ? identity!.AuthenticationType ?? "" : null,
            ContentType = request.ContentType,
        };
    }

    /// <summary>
    /// Whether ForwardedHeaders has changed the scheme: the port of our listener is then not the one that the client's URL has.
    /// </summary>
    private static bool IsSchemeForwarded(HttpContext context)
        => string.Equals(context.Request.Scheme, Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase) != (context.Features.Get<ITlsConnectionFeature>() is not null);

    private static string OriginForm(HttpContext context, HttpRequest request)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(target))
        {
            return string.Concat(request.PathBase.ToUriComponent(), request.Path.ToUriComponent(), request.QueryString.Value);
        }

        if (target[0] == '/' || target == "*")
        {
            return target;
        }

        // Absolute form (RFC 9112, section 3.2.2): what follows the authority.
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        var end = authority < 0 ? -1 : target.AsSpan(authority + 3).IndexOfAny('/', '?');
        return end < 0 ? "/" : target[authority + 3 + end] == '/' ? target[(authority + 3 + end)..] : "/" + target[(authority + 3 + end)..];
    }
}
