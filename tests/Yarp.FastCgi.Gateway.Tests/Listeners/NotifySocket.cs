using System.Net.Sockets;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Listeners;

/// <summary>The service manager's end of sd_notify(3).</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    private NotifySocket(string path) => _socket.Bind(new UnixDomainSocketEndPoint(path));

    public static NotifySocket Listen(string path) => new(path);

    public static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public async Task<string> ReceiveAsync()
    {
        var buffer = new byte[1024];
        return Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer).WithinAsync("the service manager to be told"));
    }

    public void Dispose() => _socket.Dispose();
}
