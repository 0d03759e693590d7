using System.Net;
using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A port for a program that must be told one. It is free when asked for; programs that can should bind port 0 themselves.</summary>
public static class FreePort
{
    public static IPEndPoint OnLoopback()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)listener.LocalEndPoint!;
    }
}
