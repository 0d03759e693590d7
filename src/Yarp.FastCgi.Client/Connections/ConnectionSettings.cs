namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// The connections of one cluster with every default applied. Immutable; made once per load of the configuration.
/// The documented meaning of each stands at the public options of Yarp.FastCgi.
/// </summary>
internal sealed record ConnectionSettings
{
    public required int MaxConnections { get; init; }

    public required int QueueLimit { get; init; }

    public required TimeSpan QueueTimeout { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan ResponseHeadTimeout { get; init; }

    public required bool KeepAlive { get; init; }

    public required TimeSpan IdleTimeout { get; init; }

    public required int MaxIdleConnections { get; init; }

    public required int MaxRequestsPerConnection { get; init; }

    public required TimeSpan MaxConnectionLifetime { get; init; }

    public required int MaxResponseHeadSize { get; init; }

    public required bool Multiplexing { get; init; }

    public required int MaxMultiplexedRequests { get; init; }

    public required int MultiplexingBufferSize { get; init; }
}
