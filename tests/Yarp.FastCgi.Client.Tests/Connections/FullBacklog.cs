using System.Net.Sockets;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>A listening socket whose backlog is full: on TCP a further connection waits, on a unix socket it is refused at once.</summary>
internal sealed class FullBacklog : IDisposable
{
    private readonly Socket _listener;
    private readonly Socket _filling;

    private FullBacklog(Socket listener, Socket filling)
    {
        _listener = listener;
        _filling = filling;
    }

    public static async Task<FullBacklog> ListenAsync(System.Net.EndPoint endPoint)
    {
        var protocol = endPoint.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp;
        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        listener.Bind(endPoint);

        // Linux lets one connection more than the backlog wait.
        listener.Listen(0);
        var filling = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        await filling.ConnectAsync(listener.LocalEndPoint!);
        return new FullBacklog(listener, filling);
    }

    public System.Net.EndPoint EndPoint => _listener.LocalEndPoint!;

    /// <summary>Takes the waiting connection, so that there is room for another.</summary>
    public async Task AcceptAsync() => (await _listener.AcceptAsync()).Dispose();

    public void Dispose()
    {
        _filling.Dispose();
        _listener.Dispose();
    }
}
