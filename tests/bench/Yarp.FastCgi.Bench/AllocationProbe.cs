using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Bench;

/// <summary>Asks a .NET server, through the startup hook, what it has allocated since its start.</summary>
internal static class AllocationProbe
{
    public static string PathOf(Setup setup) => Path.Combine(setup.Directory, "probe.sock");

    /// <returns>Bytes.</returns>
    public static long Read(Setup setup)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(PathOf(setup)));
        var buffer = new byte[32];
        return long.Parse(Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer)), CultureInfo.InvariantCulture);
    }
}
