using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Yarp.FastCgi.Interpreters.Native;

namespace Yarp.FastCgi.Gateway.Listeners;

/// <summary>Binds unix sockets: where a gateway that was killed has left the file of its socket, and with the mode that the operator wants.</summary>
internal static class UnixSocketFiles
{
    public static void Configure(IServiceCollection services, ListenerOptions options)
        => services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = endpoint => Bind(endpoint, options.SocketMode));

    /// <exception cref="IOException">Somebody listens there, or the file is no socket.</exception>
    internal static Socket Bind(EndPoint endpoint, UnixFileMode? mode)
    {
        // An abstract name has no file, and its address begins with a mark of its own.
        if (endpoint is not UnixDomainSocketEndPoint || OperatingSystem.IsWindows() || endpoint.ToString() is not ['/', ..] path)
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }

        if (OperatingSystem.IsLinux())
        {
            RemoveStale(path, endpoint);
        }

        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (mode is { } given)
        {
            // Nobody can connect before it listens.
            File.SetUnixFileMode(path, given);
        }

        return socket;
    }

    private static void RemoveStale(string path, EndPoint endpoint)
    {
        if (!File.Exists(path))
        {
            return;
        }

        // connect(2) refuses a plain file as it refuses a socket without a listener, and only the latter is ours to remove.
        if (!LibC.IsSocket(path))
        {
            throw new IOException($"Cannot listen on {path}: there is a file that is no socket.");
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(endpoint);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException exception) when (exception.SocketErrorCode != SocketError.WouldBlock)
        {
            throw new IOException($"Cannot listen on {path}: the file is in the way: {exception.Message}.", exception);
        }
        catch (SocketException)
        {
            // Its backlog is full: somebody listens.
        }

        throw new IOException($"Cannot listen on {path}: another program does. Stop it, or choose another address with --listen.");
    }
}
