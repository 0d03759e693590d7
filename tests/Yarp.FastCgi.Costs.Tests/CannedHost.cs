using Yarp.FastCgi.InMemory;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>A host that forwards to an application whose answer is there already, and a client of it.</summary>
internal sealed class CannedHost : IAsyncDisposable
{
    private readonly MemoryHost _host;
    private readonly List<CannedConnection> _connections;

    private CannedHost(MemoryHost host, List<CannedConnection> connections)
    {
        _host = host;
        _connections = connections;
        Client = host.Connect();
    }

    public MemoryClient Client { get; }

    /// <summary>Sends to the application, on all connections.</summary>
    public int ApplicationSends => _connections.Sum(connection => connection.Sends);

    public long ApplicationSentBytes => _connections.Sum(connection => connection.SentBytes);

    public static async Task<CannedHost> StartAsync(byte[] answer, FastCgiClusterOptions? options = null)
    {
        var connections = new List<CannedConnection>();
        options ??= CannedPool.CreateOptions();
        return new CannedHost(await MemoryHost.StartForwardingAsync(options, CannedPool.Create(options, answer, connections.Add)), connections);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.CloseAsync();
        await _host.DisposeAsync();
    }
}
