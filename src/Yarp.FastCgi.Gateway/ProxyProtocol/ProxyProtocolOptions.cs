using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Networks;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.ProxyProtocol;

/// <summary>The section <c>Gateway:ProxyProtocol</c>: load balancers in front that name the client by the PROXY protocol.</summary>
internal sealed record ProxyProtocolOptions
{
    /// <summary>Whose connections begin with the header, and are closed without it. Nobody else's header is read. Default: none.</summary>
    public NetworkList TrustedNetworks { get; private init; } = NetworkList.Empty;

    /// <summary>How long a header may take to arrive. Default: 5 seconds.</summary>
    public TimeSpan Timeout { get; private init; } = TimeSpan.FromSeconds(5);

    public static ProxyProtocolOptions Read(SectionReader section)
    {
        var defaults = new ProxyProtocolOptions();
        return new ProxyProtocolOptions
        {
            TrustedNetworks = new NetworkList(section.ReadList(nameof(TrustedNetworks), NetworkFormat.Instance, [])),
            Timeout = section.Read(nameof(Timeout), new TimeFormat(), defaults.Timeout),
        };
    }
}
