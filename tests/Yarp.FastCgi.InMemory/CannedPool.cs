using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.InMemory;

/// <summary>Pools of connections without sockets.</summary>
internal static class CannedPool
{
    private static readonly FastCgiEndpoint Endpoint = FastCgiEndpoint.Parse("unix:@bench");

    /// <summary>Kept for as long as the measurement lasts.</summary>
    public static FastCgiClusterOptions CreateOptions(int maxConnections = 16) => new()
    {
        CheckFile = FastCgiCheckFile.Off,
        MaxConnections = maxConnections,
        KeepAlive = true,
        MaxRequestsPerConnection = 1_000_000_000,
        MaxConnectionLifetime = TimeSpan.FromDays(1),
    };

    /// <param name="options">The limits.</param>
    /// <param name="answer">What each request is answered with.</param>
    /// <param name="connected">Told of each connection that is made.</param>
    public static DedicatedPool Create(FastCgiClusterOptions options, byte[] answer, Action<CannedConnection>? connected = null)
        => new(Endpoint, SettingsResolver.Resolve(options).Connections, TimeProvider.System, _ =>
        {
            var connection = new CannedConnection(Endpoint, answer);
            connected?.Invoke(connection);
            return ValueTask.FromResult<PooledConnection>(connection);
        });
}
