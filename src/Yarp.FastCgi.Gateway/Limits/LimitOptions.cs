using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Limits;

/// <summary>The section <c>Gateway:Limits</c>: how much of the gateway clients may take. The names are Kestrel's, where it is Kestrel that keeps the limit.</summary>
internal sealed record LimitOptions
{
    public const int HighestMaxConnections = 1_000_000;

    private const int Unlimited = 0;

    /// <summary>Connections that are open at a time; zero is no limit. Default: as many as the process has descriptors for.</summary>
    public int MaxConnections { get; private init; } = DescriptorLimit.MaxConnections ?? Unlimited;

    /// <summary>Connections that one client address, or one IPv6 network of 64 bits, has open at a time; zero is no limit. Default: 0.</summary>
    public int MaxConnectionsPerClient { get; private init; } = Unlimited;

    /// <summary>Bytes of a request body, where the route does not say otherwise; -1 is no limit. Default: 30,000,000.</summary>
    public long MaxRequestBodySize { get; private init; } = 30_000_000;

    /// <summary>Bytes of a request line (HTTP/1.1). Default: 8192.</summary>
    public int MaxRequestLineSize { get; private init; } = 8192;

    /// <summary>Bytes of all header fields together. Default: 32768.</summary>
    public int MaxRequestHeadersTotalSize { get; private init; } = 32_768;

    /// <summary>Number of header fields. Default: 100.</summary>
    public int MaxRequestHeaderCount { get; private init; } = 100;

    /// <summary>Requests at a time on one connection of HTTP/2. Default: 100.</summary>
    public int MaxStreamsPerConnection { get; private init; } = 100;

    /// <summary>How long a connection may be idle between requests. Default: 130 seconds.</summary>
    public TimeSpan KeepAliveTimeout { get; private init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long a request's header fields may take to arrive. Default: 30 seconds.</summary>
    public TimeSpan RequestHeadersTimeout { get; private init; } = TimeSpan.FromSeconds(30);

    public static LimitOptions Read(SectionReader section)
    {
        var defaults = new LimitOptions();
        var connections = new IntegerFormat(0, HighestMaxConnections, "connections");
        var time = new TimeFormat();
        var options = new LimitOptions
        {
            MaxConnections = section.Read(nameof(MaxConnections), connections, defaults.MaxConnections),
            MaxConnectionsPerClient = section.Read(nameof(MaxConnectionsPerClient), connections, defaults.MaxConnectionsPerClient),
            MaxRequestBodySize = section.Read(nameof(MaxRequestBodySize), BodySizeFormat.Instance, defaults.MaxRequestBodySize),
            MaxRequestLineSize = section.Read(nameof(MaxRequestLineSize), new IntegerFormat(256, 1_048_576, "bytes"), defaults.MaxRequestLineSize),
            MaxRequestHeadersTotalSize = section.Read(nameof(MaxRequestHeadersTotalSize), new IntegerFormat(1024, 1_048_576, "bytes"), defaults.MaxRequestHeadersTotalSize),
            MaxRequestHeaderCount = section.Read(nameof(MaxRequestHeaderCount), new IntegerFormat(1, 10_000, "header fields"), defaults.MaxRequestHeaderCount),
            MaxStreamsPerConnection = section.Read(nameof(MaxStreamsPerConnection), new IntegerFormat(1, 10_000, "requests"), defaults.MaxStreamsPerConnection),
            KeepAliveTimeout = section.Read(nameof(KeepAliveTimeout), time, defaults.KeepAliveTimeout),
            RequestHeadersTimeout = section.Read(nameof(RequestHeadersTimeout), time, defaults.RequestHeadersTimeout),
        };
        if (section.Has(nameof(MaxConnections)) && options.MaxConnections > 0 && options.MaxConnectionsPerClient > options.MaxConnections)
        {
            section.Refuse(nameof(MaxConnectionsPerClient), "is above MaxConnections, and so would never be reached.");
        }

        return options;
    }
}
