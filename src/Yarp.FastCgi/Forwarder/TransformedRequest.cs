using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Cgi;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// The request of a route with transforms: they run on a request message as they do for HTTP, and what they made of it is read back.
/// </summary>
internal sealed class TransformedRequest : IDisposable
{
    // Transforms build URIs on it; a FastCGI address is no prefix of a URI.
    private const string DestinationPrefix = "http://localhost";

    private readonly HttpRequestMessage _message;

    private TransformedRequest(HttpRequestMessage message) => _message = message;

    /// <summary>Runs the transforms. If they set the response, the request is not to be forwarded.</summary>
    public static async ValueTask<TransformedRequest> CreateAsync(HttpContext context, HttpTransformer transformer, string method, bool hasBody, CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(GetMethod(method), default(Uri));
        var content = hasBody ? new HeadersOnlyContent() : null;
        message.Content = content;
        try
        {
            await transformer.TransformRequestAsync(context, message, DestinationPrefix, cancellationToken).ConfigureAwait(false);
            return hasBody && !ReferenceEquals(content, message.Content)
                ? throw new InvalidOperationException("A transform has replaced the content of the request message. Change HttpContext.Request.Body instead.")
                : new TransformedRequest(message);
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    /// <summary>The request with method, path, query, host and content type as the transforms left them.</summary>
    public CgiRequest Apply(in CgiRequest original, HttpRequest request)
    {
        var uri = _message.RequestUri;
        var untransformed = RequestUtilities.MakeDestinationAddress(DestinationPrefix, request.Path, request.QueryString);
        var isUntransformed = uri is null || uri.OriginalString == untransformed.OriginalString;

        // The string that ASP.NET Core routed and authorised stays as it is: a URI would not give back every escape.
        var path = isUntransformed ? original.Path : GetPath(uri!);
        return original with
        {
            Method = _message.Method.Method,
            Path = path,
            MountPrefix = original.PathBase + GetRemovedPrefix(original.Path, path),
            Query = isUntransformed ? original.Query : GetQuery(uri!),

            // None when a transform took it away: an application behind a unix socket has no host name of its own to put in.
            Host = _message.Headers.Host ?? "",
            ContentType = GetContentType(),
        };
    }

    /// <summary>The header fields of the message and of its content. One that a transform has put into both is one param (E7).</summary>
    public void WriteHeaders(CgiParamsWriter writer)
    {
        var headers = _message.Headers.NonValidated;
        var ofContent = _message.Content?.Headers.NonValidated ?? default;
        foreach (var (name, values) in headers)
        {
            var value = ToStringValues(values);
            writer.WriteHeader(name, ofContent.TryGetValues(name, out var more) ? StringValues.Concat(value, ToStringValues(more)) : value);
        }

        foreach (var (name, values) in ofContent)
        {
            if (!headers.Contains(name))
            {
                writer.WriteHeader(name, ToStringValues(values));
            }
        }
    }

    public void Dispose() => _message.Dispose();

    private static StringValues ToStringValues(System.Net.Http.Headers.HeaderStringValues values)
        => values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);

    /// <summary>The path that a transform has made, decoded as ASP.NET Core decodes that of a request.</summary>
    private static string GetPath(Uri uri)
    {
        // ASP.NET Core throws for a NUL instead of decoding it. Decoded, it is refused like every control character in a path (E71).
        const string Nul = "%00";
        var escaped = uri.AbsolutePath;
        var path = escaped.Contains(Nul, StringComparison.Ordinal)
            ? string.Join('\0', escaped.Split(Nul).Select(static part => part.Length == 0 ? "" : PathString.FromUriComponent("/" + part).Value![1..]))
            : PathString.FromUriComponent(uri).Value!;
        return path.Length > 0 ? path : "/";
    }

    /// <summary>The query as the client or a transform wrote it, where a URI would escape what it does not like.</summary>
    private static string GetQuery(Uri uri)
    {
        var query = uri.Query.Length <= 1 ? "" : uri.Query;
        var written = uri.OriginalString.AsSpan();
        var start = written.IndexOf('?');
        if (query.Length == 0 || start < 0 || written[start..].ContainsAnyExceptInRange('!', '~') || written[start..].Contains('#'))
        {
            return query;
        }

        return written[start..].ToString();
    }

    /// <summary>Methods are told apart by case (RFC 9110, section 9.1), which HttpMethod.Parse changes.</summary>
    private static HttpMethod GetMethod(string method)
        => HttpMethod.Parse(method) is { } known && known.Method == method ? known : new HttpMethod(method);

    private string? GetContentType()
        => _message.Content is { } content && content.Headers.NonValidated.TryGetValues(HeaderNames.ContentType, out var values) ? values.ToString() : null;

    private static string GetRemovedPrefix(string original, string path)
        => path == "/" && original[^1] != '/' ? original
            : original.EndsWith(path, StringComparison.Ordinal) ? original[..^path.Length]
            : "";

    /// <summary>Carries content headers through the transforms; the body goes its own way.</summary>
    private sealed class HeadersOnlyContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
            => throw new NotSupportedException("The request body is not part of the message. Read HttpContext.Request.Body instead.");

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
