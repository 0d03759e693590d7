using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>A request as a browser sends it, for a script that is known.</summary>
internal static class BrowserRequest
{
    public static readonly ScriptLocation Script = ScriptLocation.Script("/index.php", "/shop/item/42", "/srv/www/index.php", "/srv/www");

    public static readonly RequestHeaderEncoding HeaderEncoding = new(Options.Create(new KestrelServerOptions()));

    public static FastCgiApplication CreateApplication(FastCgiClusterOptions options) => new(SettingsResolver.Resolve(options).Application, TimeProvider.System);

    public static DefaultHttpContext CreateContext()
    {
        var context = new DefaultHttpContext();
        var request = context.Request;
        request.Method = HttpMethods.Get;
        request.Protocol = HttpProtocol.Http11;
        request.Scheme = "https";
        request.Host = new HostString("shop.example.com");
        request.Path = "/shop/item/42";
        request.QueryString = new QueryString("?color=blue&size=42");
        context.Connection.LocalIpAddress = IPAddress.Loopback;
        context.Connection.LocalPort = 443;
        context.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.44");
        context.Connection.RemotePort = 51_234;
        var headers = request.Headers;
        headers.UserAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
        headers.Accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        headers.AcceptLanguage = "en-US,en;q=0.5";
        headers.AcceptEncoding = "gzip, deflate, br, zstd";
        headers.Referer = "https://shop.example.com/shop";
        headers.Connection = "keep-alive";
        headers.Cookie = "session=4f2a9c1d77e04b0b9c1f; consent=all; cart=a1b2c3d4e5f6; _ga=GA1.1.123456789.1700000000";
        headers.UpgradeInsecureRequests = "1";
        headers["Sec-Fetch-Dest"] = "document";
        headers["Sec-Fetch-Mode"] = "navigate";
        headers["Sec-Fetch-Site"] = "same-origin";
        headers["Sec-Fetch-User"] = "?1";
        headers.CacheControl = "max-age=0";
        return context;
    }
}
