using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Where a Redis listens: <c>host:port</c>, or <c>unix:/path</c>.</summary>
internal sealed class RedisEndpointFormat : SettingFormat<EndPoint>
{
    public static readonly RedisEndpointFormat Instance = new();

    private const string Unix = "unix:";
    private const int DefaultPort = 6379;

    public override string Type => "address";

    public override string Range => "`host`, `host:port`, `unix:/path`";

    public override string Form => "the address of a Redis: host:port, or unix: with the absolute path of its socket";

    public override bool TryParse(string text, out EndPoint value)
    {
        value = new DnsEndPoint("localhost", DefaultPort);
        if (text.StartsWith(Unix, StringComparison.Ordinal))
        {
            // Longer paths fit into no address of a socket.
            const int MaxPath = 107;
            var path = text[Unix.Length..];
            if (!Path.IsPathFullyQualified(path) || path.Length > MaxPath)
            {
                return false;
            }

            value = new UnixDomainSocketEndPoint(path);
            return true;
        }

        if (IPEndPoint.TryParse(text, out var address))
        {
            value = address.Port == 0 ? new IPEndPoint(address.Address, DefaultPort) : address;
            return true;
        }

        var colon = text.LastIndexOf(':');
        var port = DefaultPort;
        var host = colon < 0 ? text : text[..colon];
        if (Uri.CheckHostName(host) != UriHostNameType.Dns
            || (colon >= 0 && !(int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= IPEndPoint.MaxPort)))
        {
            return false;
        }

        value = new DnsEndPoint(host, port);
        return true;
    }

    public override string Format(EndPoint value) => value switch
    {
        DnsEndPoint name => string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}"),
        UnixDomainSocketEndPoint socket => Unix + socket,
        _ => value.ToString() ?? "",
    };
}
