using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>A connection and the application's end of it, joined by a real socket.</summary>
internal sealed class ConnectionPair : IDisposable
{
    private ConnectionPair(SocketConnection connection, TestSocket peer)
    {
        Connection = connection;
        Peer = peer;
    }

    public SocketConnection Connection { get; }

    public TestSocket Peer { get; }

    /// <param name="tcp">TCP, which alone can be reset; else a unix socket, on which what the peer did is there at once.</param>
    /// <param name="time">The clock of the connection's deadline; one that stands still when not given.</param>
    public static async Task<ConnectionPair> CreateAsync(bool tcp = false, TimeProvider? time = null)
    {
        var (socket, peer) = await ConnectAsync(tcp);
        return new ConnectionPair(new SocketConnection(socket, FastCgiEndpoint.Parse("unix:@app"), time ?? new FakeTimeProvider()), peer);
    }

    /// <summary>Two ends of a real socket.</summary>
    public static async Task<(Socket Socket, TestSocket Peer)> ConnectAsync(bool tcp = false)
    {
        using var directory = new TempDirectory();
        EndPoint endPoint = tcp ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(directory.Combine("app.sock"));
        var protocol = tcp ? ProtocolType.Tcp : ProtocolType.Unspecified;
        using var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        listener.Bind(endPoint);
        listener.Listen();

        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol);
        await socket.ConnectAsync(listener.LocalEndPoint!).WithinAsync("a connection to the listener");
        return (socket, new TestSocket(await listener.AcceptAsync().WithinAsync("a connection at the listener")));
    }

    /// <summary>Sends each piece when the one before has been received, so that each is received by itself; until <paramref name="reading"/> ends.</summary>
    public async Task SendInPiecesAsync(IEnumerable<byte[]> pieces, Task reading)
    {
        var sent = Connection.ReceivedBytes;
        foreach (var piece in pieces)
        {
            await Peer.SendAsync(piece);
            sent += piece.Length;

            // An empty socket is not enough: the receive that has emptied it may be about to take the next piece along.
            while (!reading.IsCompleted && Connection.ReceivedBytes < sent)
            {
                await Task.Yield();
            }
        }
    }

    public void Dispose()
    {
        Connection.Dispose();
        Peer.Dispose();
    }
}
