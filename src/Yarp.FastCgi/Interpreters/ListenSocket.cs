using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// The socket that the gateway listens on for a program, which accepts from it as descriptor 0. It outlives the processes: what has
/// connected while none runs is served by the next. A unix socket belongs to the gateway and is open to no other user: the program needs
/// no access to the file.
/// </summary>
internal sealed class ListenSocket : IDisposable
{
    private const int Backlog = 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Socket _socket;

    private ListenSocket(Socket socket) => _socket = socket;

    public SafeHandle Handle => _socket.SafeHandle;

    /// <summary>Whether a connection waits for a process that accepts it.</summary>
    public bool HasWaiting
    {
        get
        {
            try
            {
                return _socket.Poll(0, SelectMode.SelectRead);
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <exception cref="InterpreterStartException">The address cannot be listened on.</exception>
    public static ListenSocket Open(FastCgiEndpoint endpoint)
    {
        var socket = endpoint.IsUnix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(IPAddress.Parse(endpoint.Host).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint.IsUnix)
            {
                StaleSocket.Remove(endpoint);
                socket.Bind(endpoint.CreateUnixEndPoint());
                if (endpoint.UnixPath[0] != '@' && !OperatingSystem.IsWindows())
                {
                    // Nobody can connect before it listens.
                    File.SetUnixFileMode(endpoint.UnixPath, OwnerOnly);
                }
            }
            else
            {
                socket.Bind(new IPEndPoint(IPAddress.Parse(endpoint.Host), endpoint.Port));
            }

            socket.Listen(Backlog);
            return new ListenSocket(socket);
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new InterpreterStartException($"the gateway cannot listen on {endpoint} (Address): {exception.Message}", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _socket.Dispose();
}
