using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Cgi;

/// <summary>Which request header fields become params, and under which name (RFC 3875 section 4.1.18, design decision 8).</summary>
internal static class RequestHeaderNames
{
    private static readonly byte[] Dropped = [];

    // An underscore or a dot would alias another field once the application folds it (CVE-2026-52845, GHSA-49wc-4hcv-v58q).
    private static readonly SearchValues<char> AllowedCharacters =
        SearchValues.Create("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly FrozenDictionary<string, byte[]> Known = CreateKnown();

    /// <summary>The params' name of a header field, or null when the field is not passed on.</summary>
    public static byte[]? GetParamName(string headerName)
    {
        if (Known.TryGetValue(headerName, out var name))
        {
            return ReferenceEquals(name, Dropped) ? null : name;
        }

        return headerName.Length == 0 || headerName.AsSpan().ContainsAnyExcept(AllowedCharacters) ? null : CreateParamName(headerName);
    }

    private static byte[] CreateParamName(string headerName)
        => Encoding.ASCII.GetBytes("HTTP_" + headerName.Replace('-', '_').ToUpperInvariant());

    private static FrozenDictionary<string, byte[]> CreateKnown()
    {
        var names = new Dictionary<string, byte[]>(StringComparer.OrdinalIgnoreCase);
        string[] passed =
        [
            HeaderNames.Accept, HeaderNames.AcceptCharset, HeaderNames.AcceptEncoding, HeaderNames.AcceptLanguage, HeaderNames.Authorization,
            HeaderNames.CacheControl, HeaderNames.Cookie, HeaderNames.CorrelationContext, HeaderNames.Date, HeaderNames.DNT, HeaderNames.From,
            HeaderNames.IfMatch, HeaderNames.IfModifiedSince, HeaderNames.IfNoneMatch, HeaderNames.IfRange, HeaderNames.IfUnmodifiedSince,
            HeaderNames.MaxForwards, HeaderNames.Origin, HeaderNames.Pragma, HeaderNames.Range, HeaderNames.Referer,
            HeaderNames.RequestId, HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage, HeaderNames.UpgradeInsecureRequests,
            HeaderNames.UserAgent, HeaderNames.Via, HeaderNames.XRequestedWith, HeaderNames.ContentEncoding, HeaderNames.ContentDisposition,
            "Priority", "Save-Data", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-CH-UA-Platform", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site",
            "Sec-Fetch-User", "Sec-GPC", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix",
            "X-Forwarded-Proto", "X-Real-IP", "X-Request-ID", "SOAPAction", "Depth", "Destination", "Overwrite",
        ];
        foreach (var name in passed)
        {
            names[name] = CreateParamName(name);
        }

        string[] dropped =
        [
            // Have params of their own.
            HeaderNames.Host, HeaderNames.ContentType, HeaderNames.ContentLength,

            // Answered or used up by this server (E70) or hop by hop (RFC 9110, section 7.6.1).
            HeaderNames.Expect, HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthorization,
            HeaderNames.ProxyAuthenticate, HeaderNames.TE, HeaderNames.Trailer, HeaderNames.TransferEncoding, HeaderNames.Upgrade, "HTTP2-Settings",

            // httpoxy (CVE-2016-5385): would become HTTP_PROXY.
            "Proxy",
        ];
        foreach (var name in dropped)
        {
            names[name] = Dropped;
        }

        return names.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
