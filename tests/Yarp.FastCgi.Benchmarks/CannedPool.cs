using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>Pools of connections without sockets.</summary>
internal static class CannedPool
{
    private static readonly FastCgiEndpoint Endpoint = FastCgiEndpoint.Parse("unix:@bench");

    /// <summary>Kept for as long as the benchmark lasts.</summary>
    public static FastCgiClusterOptions CreateOptions(int maxConnections = 16) => new()
    {
        CheckFile = FastCgiCheckFile.Off,
        MaxConnections = maxConnections,
        KeepAlive = true,
        MaxRequestsPerConnection = 1_000_000_000,
        MaxConnectionLifetime = TimeSpan.FromDays(1),
    };

    public static DedicatedPool Create(FastCgiClusterOptions options, byte[] answer)
        => new(Endpoint, SettingsResolver.Resolve(options).Connections, TimeProvider.System, _ => ValueTask.FromResult<PooledConnection>(new CannedConnection(Endpoint, answer)));
}
