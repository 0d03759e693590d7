using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;

namespace Yarp.FastCgi.Forwarder;

/// <summary>What a request's method and framing say about it.</summary>
internal static class RequestTraits
{
    public static bool HasBody(HttpContext context)
        => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength > 0;

    /// <summary>Canceled when the timeout of the request's route strikes; it cancels RequestAborted as well, just as a client does that goes away.</summary>
    public static CancellationToken GetRouteTimeout(HttpContext context)
        => context.Features.Get<IHttpRequestTimeoutFeature>()?.RequestTimeoutToken ?? CancellationToken.None;

    /// <summary>
    /// Refuses a body in a coding other than chunked: the server takes only that one off, and FastCGI cannot tell the application of any
    /// (RFC 9112, section 6.1).
    /// </summary>
    /// <exception cref="BadHttpRequestException">501.</exception>
    public static void ThrowIfCoded(HttpRequest request)
    {
        var coding = request.Headers.TransferEncoding;
        if (coding.Count > 0 && !(coding.Count == 1 && string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase)))
        {
            throw new BadHttpRequestException("The request's body is in another transfer coding than chunked.", StatusCodes.Status501NotImplemented);
        }
    }

    /// <summary>
    /// CONTENT_LENGTH of a request without a body: zero where a method expects one (E69) or the client said so; otherwise none
    /// (RFC 3875, section 4.1.2).
    /// </summary>
    public static long? GetLengthOfNoBody(HttpRequest request, string method)
        => request.ContentLength is not null || !NeedsNoBody(method) ? 0 : null;

    private static bool NeedsNoBody(string method)
        => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method) || HttpMethods.IsDelete(method);
}
