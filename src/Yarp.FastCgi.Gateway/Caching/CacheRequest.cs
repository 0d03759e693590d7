using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Which requests the cache has to do with.</summary>
internal static class CacheRequest
{
    private const string EventStream = "text/event-stream";

    /// <summary>What of a GET or HEAD leads past the cache; null where nothing does.</summary>
    public static string? FindBypass(HttpContext context, CachePolicyOptions policy, out RequestCookies cookies)
    {
        var request = context.Request;
        var headers = request.Headers;
        cookies = RequestCookies.Read(headers.Cookie, policy);
        return headers.Authorization.Count > 0 || context.User.Identity is { IsAuthenticated: true } ? "authorization"
            : cookies.Bypass ? "cookie"
            : SitePatterns.AnyMatches(policy.BypassPatterns, request.Path.Value ?? "") ? "path"
            : headers.Range.Count > 0 ? "range"
            : headers.IfMatch.Count > 0 || headers.IfUnmodifiedSince.Count > 0 ? "precondition"
            : headers.Upgrade.Count > 0 ? "upgrade"
            : headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase) ? "event-stream"
            : HasBody(context) ? "body"
            : null;
    }

    /// <summary>Whether a request changes nothing (RFC 9110 section 9.2.1), so that what is kept stays true.</summary>
    public static bool IsSafe(string method)
        => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method) || HttpMethods.IsConnect(method);

    private static bool HasBody(HttpContext context)
        => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? (context.Request.ContentLength > 0 || context.Request.Headers.ContainsKey(HeaderNames.TransferEncoding));
}
