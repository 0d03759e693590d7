using System.Net.Sockets;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Interpreters.Native;

namespace Yarp.FastCgi.Interpreters;

/// <summary>The file of a unix socket that nobody listens on any more.</summary>
internal static class StaleSocket
{
    /// <summary>Removes it, so that the address can be listened on. Nothing but such a file is removed.</summary>
    /// <exception cref="InterpreterStartException">Somebody listens there, or the file is no socket.</exception>
    public static void Remove(FastCgiEndpoint endpoint)
    {
        if (endpoint.UnixPath![0] == '@' || !File.Exists(endpoint.UnixPath))
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(endpoint.CreateUnixEndPoint());
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused && LibC.IsSocket(endpoint.UnixPath))
        {
            // connect(2) refuses a plain file as it refuses a socket without a listener.
            File.Delete(endpoint.UnixPath);
            return;
        }
        catch (SocketException exception) when (exception.SocketErrorCode != SocketError.WouldBlock)
        {
            throw new InterpreterStartException($"the file {endpoint.UnixPath} (Address) is in the way: {exception.Message}", exception);
        }
        catch (SocketException)
        {
            // Its backlog is full: somebody listens.
        }

        throw new InterpreterStartException($"another program listens on {endpoint} (Address) already");
    }
}
