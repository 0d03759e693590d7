using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Copies the application's header fields to the client's response.</summary>
/// <param name="headers">The fields of the client's response.</param>
/// <param name="hidden">Fields that the client does not get.</param>
internal readonly struct HttpResponseHeaderWriter(IHeaderDictionary headers, HiddenFields hidden) : IResponseHeaderHandler
{
    /// <exception cref="FastCgiException">InvalidResponseHead: the server refuses the value.</exception>
    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var key = ResponseHeaderNames.Get(name);

        // Content-Length is set once the status says whether there may be one.
        if (ResponseHeaderNames.IsDropped(key) || ReferenceEquals(key, HeaderNames.ContentLength))
        {
            return;
        }

        if (hidden != HiddenFields.None && ResponseHeaderNames.IsHidden(key, hidden))
        {
            return;
        }

        var existing = headers[key];
        if (existing.Count > 0 && ResponseHeaderNames.IsSingle(key))
        {
            // The first one counts, this server's own before the application's.
            return;
        }

        var text = Encoding.Latin1.GetString(value);
        try
        {
            headers[key] = existing.Count == 0 ? text : StringValues.Concat(existing, text);
        }
        catch (InvalidOperationException exception)
        {
            throw new FastCgiException(
                FastCgiError.InvalidResponseHead,
                $"The application's response header {key} holds bytes above 0x7F, which Kestrel refuses. Set KestrelServerOptions.ResponseHeaderEncodingSelector to Latin-1 to pass them on unchanged.",
                exception);
        }
    }
}
