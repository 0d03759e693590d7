using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

internal static class RequestMessages
{
    /// <summary>Sends over HTTP/1.1 or HTTP/2, whichever a test is about; returns when the head of the response has come.</summary>
    public static async Task<HttpResponseMessage> SendAsync(
        this TestProxy proxy, bool http2, HttpMethod method, string path = "/", HttpContent? content = null, CancellationToken cancellationToken = default)
    {
        using var message = new HttpRequestMessage(method, path)
        {
            Content = content,
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return await (http2 ? proxy.Http2Client : proxy.Client).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public static Task<HttpResponseMessage> GetAsync(this TestProxy proxy, bool http2, string path = "/") => proxy.SendAsync(http2, HttpMethod.Get, path);
}
