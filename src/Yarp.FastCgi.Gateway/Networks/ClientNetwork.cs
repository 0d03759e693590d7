using System.Net;
using System.Net.Sockets;

namespace Yarp.FastCgi.Gateway.Networks;

/// <summary>What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, for whoever has one of its addresses has them all (RFC 6177).</summary>
internal static class ClientNetwork
{
    private const int SubnetBytes = 8;

    /// <returns>The first address of the network; null where there is no address.</returns>
    public static IPAddress? Of(IPAddress? address)
    {
        if (address is null || address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[2 * SubnetBytes];
        address.TryWriteBytes(bytes, out _);
        bytes[SubnetBytes..].Clear();
        return new IPAddress(bytes);
    }
}
