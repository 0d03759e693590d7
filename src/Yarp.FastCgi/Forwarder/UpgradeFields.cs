using System.Text;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>What a head with status 101 says about the upgrade.</summary>
internal struct UpgradeFields : IResponseHeaderHandler
{
    /// <summary>Whether Upgrade names the protocol that the client wished for, as it must (RFC 9110, section 15.2.2).</summary>
    public bool NamesProtocol { get; private set; }

    /// <summary>Sec-WebSocket-Accept; null when there is none.</summary>
    public string? Accept { get; private set; }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(name, "Upgrade"u8))
        {
            NamesProtocol = Ascii.EqualsIgnoreCase(value, UpgradeRequest.Protocol);
        }
        else if (Ascii.EqualsIgnoreCase(name, "Sec-WebSocket-Accept"u8))
        {
            Accept = Encoding.Latin1.GetString(value);
        }
    }
}
