using System.Collections.Frozen;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Configuration;

/// <summary>Request header fields that never become params, whatever the configuration says.</summary>
internal static class WithheldHeaders
{
    public static readonly FrozenSet<string> Names = FrozenSet.Create<string>(
        StringComparer.OrdinalIgnoreCase,

        // Have params of their own.
        HeaderNames.Host,
        HeaderNames.ContentType,
        HeaderNames.ContentLength,

        // Answered or used up by this server (E70) or hop by hop (RFC 9110, section 7.6.1).
        HeaderNames.Expect,
        HeaderNames.Connection,
        HeaderNames.KeepAlive,
        HeaderNames.ProxyConnection,
        HeaderNames.ProxyAuthorization,
        HeaderNames.ProxyAuthenticate,
        HeaderNames.TE,
        HeaderNames.Trailer,
        HeaderNames.TransferEncoding,
        HeaderNames.Upgrade,
        "HTTP2-Settings",

        // httpoxy (CVE-2016-5385): would become HTTP_PROXY.
        "Proxy");
}
