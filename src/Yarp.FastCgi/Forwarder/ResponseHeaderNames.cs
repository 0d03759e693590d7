using System.Collections.Frozen;
using System.Text;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Names of response header fields: those that stay here, and shared strings for the usual ones.</summary>
internal static class ResponseHeaderNames
{
    private const int LongestKnown = 64;

    // Hop by hop (E61), and what YARP keeps from passing as well, so that routes with and without transforms do the same.
    private static readonly FrozenSet<string> Dropped = new[]
    {
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthenticate, HeaderNames.ProxyAuthorization,
        HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.AltSvc, HeaderNames.UpgradeInsecureRequests,
        "Proxy-Authentication-Info", "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "ALPN", "Close", "HTTP2-Settings",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Known = CreateKnown();

    // RFC 9110, sections 8 and 14.4: true of the application's body, and of no other. Content-Disposition and Content-Type are not here:
    // they may be meant for a file that is sent instead.
    private static readonly FrozenSet<string> OfBody = new[]
    {
        HeaderNames.AcceptRanges, HeaderNames.ContentEncoding, HeaderNames.ContentLength, HeaderNames.ContentMD5, HeaderNames.ContentRange,
        HeaderNames.ETag, HeaderNames.LastModified, HeaderNames.TransferEncoding, "Content-Digest", "Digest", "Repr-Digest",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> ForGateway = new[]
    {
        "X-Sendfile", "X-LIGHTTPD-send-file", "X-Accel-Redirect", "X-Accel-Buffering", "X-Accel-Charset", "X-Accel-Expires", "X-Accel-Limit-Rate",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // RFC 9110, section 5.3: their values are no lists, so that a second line contradicts the first. RFC 6266, section 4; RFC 6797, section 6.1.
    private static readonly FrozenSet<string> Single = new[]
    {
        HeaderNames.Age, HeaderNames.ContentDisposition, HeaderNames.ContentLocation, HeaderNames.ContentRange, HeaderNames.ContentType, HeaderNames.Date,
        HeaderNames.ETag, HeaderNames.Expires, HeaderNames.LastModified, HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.Server,
        HeaderNames.StrictTransportSecurity,
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool IsHidden(string name, HiddenFields hidden)
        => ((hidden & HiddenFields.OfBody) != 0 && OfBody.Contains(name))
            || ((hidden & HiddenFields.ForGateway) != 0 && ForGateway.Contains(name))
            || ((hidden & HiddenFields.AuthorizerVariables) != 0 && name.StartsWith(AuthorizerVariableNames.FieldPrefix, StringComparison.OrdinalIgnoreCase));

    public static bool IsDropped(string name) => Dropped.Contains(name);

    /// <summary>Whether a response has at most one field of this name.</summary>
    public static bool IsSingle(string name) => Single.Contains(name);

    /// <summary>The name as a string; no new one for a usual name.</summary>
    public static string Get(ReadOnlySpan<byte> name)
    {
        if (name.Length <= LongestKnown)
        {
            Span<char> characters = stackalloc char[LongestKnown];
            characters = characters[..Encoding.Latin1.GetChars(name, characters)];
            if (Known.TryGetValue(characters, out var known))
            {
                return known;
            }
        }

        return Encoding.Latin1.GetString(name);
    }

    private static FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> CreateKnown()
    {
        string[] names =
        [
            HeaderNames.AcceptRanges, HeaderNames.AccessControlAllowCredentials, HeaderNames.AccessControlAllowHeaders, HeaderNames.AccessControlAllowMethods,
            HeaderNames.AccessControlAllowOrigin, HeaderNames.AccessControlExposeHeaders, HeaderNames.AccessControlMaxAge, HeaderNames.Age, HeaderNames.Allow,
            HeaderNames.CacheControl, HeaderNames.Connection, HeaderNames.ContentDisposition, HeaderNames.ContentEncoding, HeaderNames.ContentLanguage,
            HeaderNames.ContentLength, HeaderNames.ContentLocation, HeaderNames.ContentRange, HeaderNames.ContentSecurityPolicy, HeaderNames.ContentType,
            HeaderNames.Date, HeaderNames.ETag, HeaderNames.Expires, HeaderNames.LastModified, HeaderNames.Link, HeaderNames.Location, HeaderNames.Pragma,
            HeaderNames.RetryAfter, HeaderNames.Server, HeaderNames.SetCookie, HeaderNames.StrictTransportSecurity, HeaderNames.TransferEncoding,
            HeaderNames.Vary, HeaderNames.Via, HeaderNames.WWWAuthenticate, HeaderNames.XContentTypeOptions, HeaderNames.XFrameOptions,
            HeaderNames.XPoweredBy, HeaderNames.XXSSProtection, "Referrer-Policy", "Permissions-Policy", "X-Robots-Tag", "X-Redirect-By", "X-Pingback",
        ];
        return names.ToFrozenDictionary(static name => name, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
