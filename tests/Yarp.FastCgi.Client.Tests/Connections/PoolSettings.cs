using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>The defaults of the configuration reference, for tests to vary.</summary>
internal static class PoolSettings
{
    public static readonly ConnectionSettings Default = new()
    {
        MaxConnections = 100,
        QueueLimit = 1000,
        QueueTimeout = TimeSpan.FromSeconds(10),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        ResponseHeadTimeout = TimeSpan.FromSeconds(60),
        KeepAlive = false,
        IdleTimeout = TimeSpan.FromSeconds(5),
        MaxIdleConnections = 100,
        MaxRequestsPerConnection = 1000,
        MaxConnectionLifetime = TimeSpan.FromMinutes(10),
        MaxResponseHeadSize = 32 * 1024,
        Multiplexing = false,
        MaxMultiplexedRequests = 100,
        MultiplexingBufferSize = 16 * 1024 * 1024,
    };

    public static readonly ConnectionSettings KeepAlive = Default with { KeepAlive = true };
}
