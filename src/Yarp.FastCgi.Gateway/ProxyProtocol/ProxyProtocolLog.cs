using System.Net;

namespace Yarp.FastCgi.Gateway.ProxyProtocol;

/// <summary>Log events of the PROXY protocol.</summary>
internal static partial class ProxyProtocolLog
{
    [LoggerMessage(20, LogLevel.Warning, "A connection from {Peer}, which is in Gateway:ProxyProtocol:TrustedNetworks, did not begin with a right header of the PROXY protocol and was closed. Let the load balancer send it (HAProxy: send-proxy-v2), or take its network out.", EventName = "ProxyHeaderMissing")]
    public static partial void HeaderMissing(ILogger logger, EndPoint? peer);

    [LoggerMessage(21, LogLevel.Warning, "A connection from {Peer}, which is in Gateway:ProxyProtocol:TrustedNetworks, sent no whole header of the PROXY protocol within {Timeout} (Gateway:ProxyProtocol:Timeout) and was closed.", EventName = "ProxyHeaderLate")]
    public static partial void HeaderLate(ILogger logger, EndPoint? peer, TimeSpan timeout);
}
