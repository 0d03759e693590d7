using System.Net;

namespace Yarp.FastCgi.Gateway.Networks;

/// <summary>Networks, to find out whether an address is in one of them.</summary>
internal sealed class NetworkList(IReadOnlyList<Network> networks)
{
    public static readonly NetworkList Empty = new([]);

    private readonly Network[] _networks = [.. networks];

    public int Count => _networks.Length;

    /// <summary>The networks of addresses, without the peers of unix sockets.</summary>
    public IEnumerable<IPNetwork> Prefixes => _networks.Select(network => network.Prefix).OfType<IPNetwork>();

    /// <param name="address">Null is the peer of a unix socket. An IPv4 address in IPv6's clothes, as sockets for both give it, is the IPv4 address.</param>
    public bool Contains(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true })
        {
            address = address.MapToIPv4();
        }

        foreach (var network in _networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
