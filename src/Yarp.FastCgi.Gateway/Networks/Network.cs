using System.Net;

namespace Yarp.FastCgi.Gateway.Networks;

/// <summary>A network that the operator names.</summary>
/// <param name="Prefix">Null is the peers of unix sockets.</param>
internal readonly record struct Network(IPNetwork? Prefix)
{
    /// <param name="address">Null is the peer of a unix socket.</param>
    public bool Contains(IPAddress? address) => Prefix is { } prefix
        ? address is not null && prefix.Contains(address)
        : address is null;
}
