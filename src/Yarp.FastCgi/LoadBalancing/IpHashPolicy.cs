using System.IO.Hashing;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>
/// Rendezvous hashing: each destination draws a number for the client's address, the highest wins. The draws of the others do not change when
/// a destination leaves or comes.
/// </summary>
internal sealed class IpHashPolicy : ILoadBalancingPolicy
{
    private const int IPv6Bytes = 16;
    private const int IPv4Bytes = 4;

    private readonly ConditionalWeakTable<ClusterModel, IpHashPrefixes> _prefixes = [];

    public string Name => FastCgiLoadBalancingPolicies.IpHash;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        var prefixes = _prefixes.GetValue(cluster.Model, static model => IpHashPrefixes.Read(model.Config.Metadata, []));
        var client = Hash(context.Connection.RemoteIpAddress, prefixes);
        DestinationState? winner = null;
        var highest = 0UL;
        for (var i = 0; i < availableDestinations.Count; i++)
        {
            var destination = availableDestinations[i];
            var draw = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(destination.DestinationId.AsSpan()), client);

            // Two destinations that draw the same number keep their order, whatever the order they are given in.
            if (winner is null || draw > highest || (draw == highest && string.CompareOrdinal(destination.DestinationId, winner.DestinationId) < 0))
            {
                winner = destination;
                highest = draw;
            }
        }

        return winner;
    }

    /// <summary>Of the part of the address that counts. Clients without an address, behind a unix socket, are all the same.</summary>
    private static long Hash(IPAddress? address, IpHashPrefixes prefixes)
    {
        Span<byte> buffer = stackalloc byte[IPv6Bytes];
        if (address is null || !address.TryWriteBytes(buffer, out var length))
        {
            return 0;
        }

        var bytes = address.IsIPv4MappedToIPv6 ? buffer[^IPv4Bytes..] : buffer[..length];
        Mask(bytes, bytes.Length == IPv4Bytes ? prefixes.IPv4 : prefixes.IPv6);
        return (long)XxHash3.HashToUInt64(bytes);
    }

    private static void Mask(Span<byte> address, int prefix)
    {
        for (var i = 0; i < address.Length; i++)
        {
            var bits = Math.Clamp(prefix - (8 * i), 0, 8);
            address[i] &= (byte)(0xFF << (8 - bits));
        }
    }
}
