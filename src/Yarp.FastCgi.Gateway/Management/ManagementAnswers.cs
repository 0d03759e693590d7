using System.Net;
using Yarp.FastCgi.Gateway.CommandLine;

namespace Yarp.FastCgi.Gateway.Management;

/// <summary>Answers for people, and for their browsers: only to those who ask for this gateway by its address, and kept nowhere.</summary>
internal static class ManagementAnswers
{
    public const string Json = "application/json; charset=utf-8";

    public static async Task WriteAsync(HttpContext context, ListenAddress address, string contentType, ReadOnlyMemory<byte> content)
    {
        if (!await TryAdmitAsync(context, address))
        {
            return;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    /// <summary>
    /// Refuses a request for another host (421): the page of a stranger, whose name leads to this machine for a moment (DNS rebinding), would read the
    /// answer in the browser of whoever looks at it.
    /// </summary>
    public static async Task<bool> TryAdmitAsync(HttpContext context, ListenAddress address)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        var host = context.Request.Host.Host;
        if (IsOwn(host, address))
        {
            return true;
        }

        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync("Ask for this page by an IP address, by localhost, or by the name that --management (Gateway:Management) has.\n");
        return false;
    }

    private static bool IsOwn(string host, ListenAddress address)
        => host.Length == 0
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || IPAddress.TryParse(host, out _)
            || host.Equals(BindingAddress.Parse(address.Url).Host, StringComparison.OrdinalIgnoreCase);
}
