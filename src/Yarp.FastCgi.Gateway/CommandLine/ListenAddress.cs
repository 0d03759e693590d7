using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>
/// One address to listen on. A cleartext port speaks one version of HTTP, as Kestrel chooses between versions by ALPN only:
/// <c>http</c> is HTTP/1.1, <c>h2c</c> is HTTP/2 by prior knowledge, <c>https</c> is both, and HTTP/3.
/// </summary>
internal sealed record ListenAddress
{
    private const string PriorKnowledgeScheme = "h2c://";
    private const string UnixScheme = "unix:";
    private const string RightForms = "use http://HOST:PORT (HTTP/1.1), h2c://HOST:PORT (HTTP/2 by prior knowledge), https://HOST:PORT (both, and HTTP/3 where the machine has QUIC) or unix:/PATH (HTTP/1.1)";

    private ListenAddress(string url, HttpProtocols protocols)
    {
        Url = url;
        Protocols = protocols;
    }

    /// <summary>The management listener of who wants one and says no more: out of reach for other machines.</summary>
    public const string DefaultManagement = "http://127.0.0.1:9180";

    /// <summary>Where the gateway listens when nobody says anything.</summary>
    public static IReadOnlyList<ListenAddress> Defaults { get; } =
    [
        new("http://localhost:8080", HttpProtocols.Http1),
        new("http://localhost:8081", HttpProtocols.Http2),
    ];

    /// <summary>The URL in the form that Kestrel takes.</summary>
    public string Url { get; }

    /// <summary>The versions of HTTP spoken there.</summary>
    public HttpProtocols Protocols { get; }

    /// <summary>An address of the management listener, which speaks HTTP/1.1 only.</summary>
    public static bool TryParseManagement(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? error)
    {
        if (TryParse(text, out address, out _) && address.Protocols == HttpProtocols.Http1)
        {
            error = null;
            return true;
        }

        address = null;
        error = $"'{text}' is not an address of the management listener: use http://HOST:PORT";
        return false;
    }

    /// <exception cref="InvalidDataException">The text is no address.</exception>
    public static ListenAddress Parse(string text) => TryParse(text, out var address, out var error) ? address : throw new InvalidDataException(error);

    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address, [NotNullWhen(false)] out string? error)
    {
        address = null;
        var priorKnowledge = text.StartsWith(PriorKnowledgeScheme, StringComparison.OrdinalIgnoreCase);
        var url = priorKnowledge ? string.Concat("http://", text.AsSpan(PriorKnowledgeScheme.Length))
            : text.StartsWith(UnixScheme, StringComparison.OrdinalIgnoreCase) ? $"http://{text}"
            : text;
        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            error = $"'{text}' is not an address: {RightForms}";
            return false;
        }

        var tls = string.Equals(binding.Scheme, Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);
        if (!tls && !string.Equals(binding.Scheme, Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase))
        {
            error = $"'{text}' has an unknown scheme: {RightForms}";
            return false;
        }

        if (binding.PathBase.Length > 0)
        {
            error = $"'{text}' has a path: {RightForms}";
            return false;
        }

        if (!binding.IsUnixPipe && binding.Port is < 0 or > 65535)
        {
            error = $"'{text}' has a port outside 0 to 65535: {RightForms}";
            return false;
        }

        address = new ListenAddress(url, tls ? HttpProtocols.Http1AndHttp2AndHttp3 : priorKnowledge ? HttpProtocols.Http2 : HttpProtocols.Http1);
        error = null;
        return true;
    }
}
