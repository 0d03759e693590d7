using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// Turns a header value back into the bytes that the client sent: Kestrel decodes as UTF-8 unless its
/// RequestHeaderEncodingSelector says otherwise.
/// </summary>
internal sealed class RequestHeaderEncoding(IOptions<KestrelServerOptions> kestrel)
{
    private readonly Func<string, Encoding?> _selector = kestrel.Value.RequestHeaderEncodingSelector;

    public Encoding For(string headerName, ReadOnlySpan<char> value)
        => Ascii.IsValid(value) ? Encoding.ASCII : _selector(headerName) ?? Encoding.UTF8;
}
