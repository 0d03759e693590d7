using System.Net;
using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Addresses that anyone may reach. FastCGI has no authentication: who reaches php-fpm's port runs any code (PHP_VALUE with auto_prepend_file).
/// </summary>
internal static class PublicAddress
{
    // This host, private use (RFC 1918, RFC 4193), shared (RFC 6598), link-local (RFC 3927, RFC 4291).
    private static readonly IPNetwork[] NotPublic =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"),
        IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("::/127"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"),
    ];

    /// <summary>Whether an endpoint is one. A host name is not looked up.</summary>
    public static bool IsAt(FastCgiEndpoint endpoint)
    {
        if (!IPAddress.TryParse(endpoint.Host, out var address))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        foreach (var network in NotPublic)
        {
            if (network.Contains(address))
            {
                return false;
            }
        }

        return true;
    }
}
