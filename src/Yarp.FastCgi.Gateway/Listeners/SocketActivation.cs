using System.Globalization;
using System.Net.Sockets;
using Yarp.FastCgi.Interpreters.Native;

namespace Yarp.FastCgi.Gateway.Listeners;

/// <summary>
/// The sockets that systemd passes (sd_listen_fds(3)): from descriptor 3 on, LISTEN_FDS of them, for the process LISTEN_PID. Kestrel's own UseSystemd takes the first
/// one only, and knows no names.
/// </summary>
internal static class SocketActivation
{
    private const string Process = "LISTEN_PID";
    private const string Count = "LISTEN_FDS";
    private const string Names = "LISTEN_FDNAMES";
    private const int First = 3;
    private const int Max = 256;
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    /// <summary>Takes the sockets over: no program that the gateway starts gets them, or takes the variables as meant for itself.</summary>
    /// <exception cref="InvalidDataException">The variables are wrong, or a descriptor is not a listening stream socket.</exception>
    public static IReadOnlyList<PassedSocket> Take()
    {
        var sockets = Read(Environment.GetEnvironmentVariable, Environment.ProcessId);
        if (sockets.Count == 0)
        {
            return sockets;
        }

        foreach (var socket in sockets)
        {
            Check(socket.Descriptor);
            _ = LibC.Control(socket.Descriptor, SetDescriptorFlags, CloseOnExec);
        }

        Environment.SetEnvironmentVariable(Process, null);
        Environment.SetEnvironmentVariable(Count, null);
        Environment.SetEnvironmentVariable(Names, null);
        return sockets;
    }

    /// <exception cref="InvalidDataException">The variables are wrong.</exception>
    internal static IReadOnlyList<PassedSocket> Read(Func<string, string?> variable, int processId)
    {
        // Variables for another process are left over from the one that started this.
        if (!int.TryParse(variable(Process), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id != processId)
        {
            return [];
        }

        if (!int.TryParse(variable(Count), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > Max)
        {
            throw new InvalidDataException($"'{Count}' is '{variable(Count)}', but must be the number of sockets, up to {Max}.");
        }

        var names = variable(Names)?.Split(':') ?? [];
        return [.. Enumerable.Range(0, count).Select(i => new PassedSocket(First + i, i < names.Length ? names[i] : ""))];
    }

    private static void Check(int descriptor)
    {
        try
        {
            using var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
            if (socket.SocketType == SocketType.Stream && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is not 0)
            {
                return;
            }
        }
        catch (SocketException exception)
        {
            throw new InvalidDataException($"Descriptor {descriptor}, passed by {Count}, is no socket: {exception.Message}.", exception);
        }

        throw new InvalidDataException($"Descriptor {descriptor}, passed by {Count}, is no listening stream socket: use ListenStream= and Accept=no in the socket unit.");
    }
}
