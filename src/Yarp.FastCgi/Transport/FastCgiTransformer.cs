using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Cgi;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Transport;

/// <summary>
/// The transforms of a FastCGI route, and with them what else the route says: YARP builds a route's transformer anew whenever
/// the route or its cluster changes, and hands it to the forwarder with each request.
/// </summary>
internal sealed class FastCgiTransformer(HttpTransformer inner, FastCgiApplication application, bool isTrivial) : HttpTransformer
{
    public FastCgiApplication Application => application;

    /// <summary>Whether the transforms change nothing, so that a request need not be turned into messages for them.</summary>
    public bool IsTrivial => isTrivial;

    public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        => inner.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);

    public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        => inner.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);

    public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
        => inner.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
}
