using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Cgi;

/// <summary>Which request header fields become params, and under which name (RFC 3875 section 4.1.18; docs/decisions/0006-params.md).</summary>
internal static class RequestHeaderNames
{
    // An underscore or a dot would alias another field once the application folds it (CVE-2026-52845, GHSA-49wc-4hcv-v58q).
    private static readonly SearchValues<char> AllowedCharacters =
        SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // What a browser's request needs to be answered rightly: content negotiation, credentials, conditions, ranges.
    private static readonly string[] CoreNames =
    [
        HeaderNames.Accept, HeaderNames.AcceptCharset, HeaderNames.AcceptEncoding, HeaderNames.AcceptLanguage, HeaderNames.Authorization,
        HeaderNames.Cookie, HeaderNames.IfMatch, HeaderNames.IfModifiedSince, HeaderNames.IfNoneMatch, HeaderNames.IfRange,
        HeaderNames.IfUnmodifiedSince, HeaderNames.Range, HeaderNames.Referer, HeaderNames.UserAgent,
    ];

    // What an application needs for the opening handshake of WebSocket (RFC 6455, section 4.1).
    private static readonly string[] UpgradeNames =
    [
        HeaderNames.Origin, HeaderNames.SecWebSocketExtensions, HeaderNames.SecWebSocketKey, HeaderNames.SecWebSocketProtocol, HeaderNames.SecWebSocketVersion,
    ];

    private static readonly string[] OtherNames =
    [
        HeaderNames.CacheControl, HeaderNames.CorrelationContext, HeaderNames.Date, HeaderNames.DNT, HeaderNames.From,
        HeaderNames.MaxForwards, HeaderNames.Pragma,
        HeaderNames.RequestId, HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage, HeaderNames.UpgradeInsecureRequests,
        HeaderNames.Via, HeaderNames.XRequestedWith, HeaderNames.ContentEncoding, HeaderNames.ContentDisposition,
        "Priority", "Save-Data", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site",
        "Sec-Fetch-User", "Sec-GPC", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
        "X-Forwarded-Proto", "X-Real-IP", "X-Request-ID", "SOAPAction", "Depth", "Destination", "Overwrite",
    ];

    private static readonly FrozenDictionary<string, byte[]> Core = CreateParamNames(CoreNames);

    private static readonly FrozenDictionary<string, byte[]> Common = CreateParamNames([.. CoreNames, .. UpgradeNames, .. OtherNames]);

    private static readonly FrozenDictionary<string, byte[]> Upgrade = CreateParamNames(UpgradeNames);

    /// <summary>The params' name of a header field, or null when the field is not passed on.</summary>
    public static byte[]? GetParamName(string headerName)
        => Common.TryGetValue(headerName, out var name) ? name
            : headerName.Length == 0 || headerName.AsSpan().ContainsAnyExcept(AllowedCharacters) || WithheldHeaders.Names.Contains(headerName) ? null
            : CreateParamName(headerName);

    /// <summary>The same for the fields that are passed on when request headers in general are not.</summary>
    public static byte[]? GetCoreParamName(string headerName) => Core.GetValueOrDefault(headerName);

    /// <summary>The same for the fields that an upgrade cannot do without, whatever else is passed on.</summary>
    public static byte[]? GetUpgradeParamName(string headerName) => Upgrade.GetValueOrDefault(headerName);

    /// <summary>HTTP_ and the name in upper case, with underscores for dashes.</summary>
    public static byte[] CreateParamName(string headerName)
        => Encoding.ASCII.GetBytes("HTTP_" + headerName.Replace('-', '_').ToUpperInvariant());

    private static FrozenDictionary<string, byte[]> CreateParamNames(string[] headerNames)
        => headerNames.ToFrozenDictionary(static name => name, CreateParamName, StringComparer.OrdinalIgnoreCase);
}
