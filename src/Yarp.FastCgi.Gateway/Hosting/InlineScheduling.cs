using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>
/// Requests run on the threads that wait for sockets, which saves the way to the thread pool and back for each thing that a request waits for. Those threads are few:
/// whatever may wait for a disk leaves them first (<see cref="Threading.WorkerThread"/>).
/// </summary>
internal static class InlineScheduling
{
    // System.Net.Sockets reads it when the first socket has to wait.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>For Kestrel's sockets.</summary>
    public static void Add(IServiceCollection services, bool isOn)
        => services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = isOn);

    /// <summary>For all other sockets, of the whole process; the variable, if the environment has it, decides otherwise. To be called before any socket is used.</summary>
    public static void UseInProcess()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is not null)
        {
            return;
        }

        // Interpreters that are started inherit the environment: it is for them to choose.
        Environment.SetEnvironmentVariable(InlineCompletions, "1");
        LetSocketsReadIt();
        Environment.SetEnvironmentVariable(InlineCompletions, null);
    }

    private static void LetSocketsReadIt()
    {
        var loopback = Socket.OSSupportsIPv4 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        using var socket = new Socket(loopback.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using var operation = new SocketAsyncEventArgs();
        operation.SetBuffer(new byte[1]);
        socket.Bind(new IPEndPoint(loopback, 0));
        socket.ReceiveAsync(operation);
    }
}
