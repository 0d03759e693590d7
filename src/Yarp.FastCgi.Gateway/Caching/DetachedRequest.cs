using Microsoft.AspNetCore.Http.Features;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>A copy of a request, as GET and without conditions, that outlives its client and its connection.</summary>
internal static class DetachedRequest
{
    public static DefaultHttpContext Create(HttpContext context)
    {
        var original = context.Features;
        var features = new FeatureCollection();
        var request = context.Request;
        var headers = new HeaderDictionary();
        foreach (var (name, values) in request.Headers)
        {
            headers[name] = values;
        }

        ConditionalFields.Remove(headers);
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = HttpMethods.Get,
            Scheme = request.Scheme,
            PathBase = request.PathBase.Value ?? "",
            Path = request.Path.Value ?? "",
            QueryString = request.QueryString.Value ?? "",
            RawTarget = original.Get<IHttpRequestFeature>()?.RawTarget ?? "",
            Protocol = request.Protocol,
            Headers = headers,
            Body = Stream.Null,
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature());
        var connection = context.Connection;
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature
        {
            ConnectionId = connection.Id,
            LocalIpAddress = connection.LocalIpAddress,
            LocalPort = connection.LocalPort,
            RemoteIpAddress = connection.RemoteIpAddress,
            RemotePort = connection.RemotePort,
        });
        features.Set<IHttpRequestIdentifierFeature>(new HttpRequestIdentifierFeature { TraceIdentifier = context.TraceIdentifier });
        if (original.Get<ITlsConnectionFeature>() is not null)
        {
            // The connection may be gone: no certificate of the client, but a connection by TLS all the same.
            features.Set<ITlsConnectionFeature>(new TlsConnectionFeature());
        }

        features.Set(original.Get<IFastCgiAuthorizerFeature>());
        var copy = new DefaultHttpContext(features);
        copy.SetEndpoint(context.GetEndpoint());
        copy.Request.RouteValues = new RouteValueDictionary(request.RouteValues);
        return copy;
    }
}
