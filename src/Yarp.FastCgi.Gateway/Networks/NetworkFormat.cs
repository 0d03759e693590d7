using System.Net;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Networks;

/// <summary>A network as CIDR writes it (RFC 4632), a single address, or <c>unix</c> for the peers of unix sockets, which have no address.</summary>
internal sealed class NetworkFormat : SettingFormat<Network>
{
    public static readonly NetworkFormat Instance = new();

    private const string Unix = "unix";

    public override string Type => "networks";

    public override string Range => "CIDR, an address, or `unix`";

    public override string Form => "a network such as 10.0.0.0/8 or 2001:db8::/32 without bits behind its prefix, a single address, or unix for peers of unix sockets";

    public override bool TryParse(string text, out Network value)
    {
        value = default;
        if (text == Unix)
        {
            return true;
        }

        // One spelling only: 10.1 and 012.0.0.1 are addresses to some readers, and not the same ones.
        if (IPAddress.TryParse(text, out var address) && IsSpelledOut(text))
        {
            value = new Network(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            return true;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && IsSpelledOut(text[..slash]) && IPNetwork.TryParse(text, out var network) && network.BaseAddress.Equals(IPAddress.Parse(text[..slash])))
        {
            value = new Network(network);
            return true;
        }

        return false;
    }

    public override string Format(Network value) => value.Prefix?.ToString() ?? Unix;

    private static bool IsSpelledOut(string address)
        => address.Contains(':', StringComparison.Ordinal)
            ? !address.Contains('%', StringComparison.Ordinal) && !address.Contains('[', StringComparison.Ordinal)
            : IPAddress.TryParse(address, out var parsed) && parsed.ToString() == address;
}
