using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Yarp.FastCgi.Gateway.Listeners;

/// <summary>A listening socket that systemd, or whoever started the gateway, has opened.</summary>
/// <param name="Descriptor">Its number.</param>
/// <param name="Name">What FileDescriptorName says; empty when there are no names.</param>
internal sealed record PassedSocket(int Descriptor, string Name)
{
    private const string Tls = "https";
    private const string PriorKnowledge = "h2c";

    /// <summary>A name that begins with https is TLS.</summary>
    public bool IsTls => Name.StartsWith(Tls, StringComparison.OrdinalIgnoreCase);

    /// <summary>As with addresses: a cleartext socket speaks one version.</summary>
    public HttpProtocols Protocols => IsTls ? HttpProtocols.Http1AndHttp2
        : Name.StartsWith(PriorKnowledge, StringComparison.OrdinalIgnoreCase) ? HttpProtocols.Http2
        : HttpProtocols.Http1;
}
