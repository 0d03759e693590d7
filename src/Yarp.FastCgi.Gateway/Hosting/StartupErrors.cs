using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>What keeps the gateway from starting, in the words of the exceptions and without their stack traces.</summary>
internal static class StartupErrors
{
    /// <returns>One line for each error; empty when the exception is none that an operator can cause.</returns>
    public static IReadOnlyList<string> Describe(Exception exception)
    {
        var messages = new List<string>();
        Collect(exception, messages);
        return [.. messages.Select(message => message.ReplaceLineEndings(" "))];
    }

    private static void Collect(Exception exception, List<string> messages)
    {
        switch (exception)
        {
            // YARP collects the errors of a configuration in one of these and wraps it into an InvalidOperationException.
            case AggregateException all:
                messages.AddRange(all.InnerExceptions.Select(inner => inner.Message));
                break;
            case InvalidOperationException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain or SocketError.NoRecovery } lookup }:
                // YARP's second sentence is about the exception.
                messages.Add($"{exception.Message.Split(". ")[0]}: {lookup.Message}. The names of destinations are looked up at the start (Gateway:DnsRefresh).");
                break;
            case InvalidOperationException { InnerException: { } inner }:
                Collect(inner, messages);
                if (messages.Count == 0)
                {
                    messages.Add(inner.Message);
                }

                break;
            // A file that is no JSON: the outermost message names the file, the innermost the line.
            case InvalidDataException { InnerException: not null } unreadable:
                messages.Add($"{unreadable.Message} {unreadable.GetBaseException().Message}");
                break;
            case IOException { InnerException: AddressInUseException } inUse:
                messages.Add($"{inUse.Message} Stop the other program, or choose another address with --listen or --management.");
                break;
            case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                messages.Add(
                    $"Cannot listen: permission denied for user '{Environment.UserName}'. A port below 1024 needs root, the capability CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE), or a lower net.ipv4.ip_unprivileged_port_start; or choose another port with --listen.");
                break;
            case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                messages.Add("Cannot listen: an address of --listen (or of the configuration) is none of this machine.");
                break;
            case SocketException socket:
                messages.Add($"Cannot listen: {socket.Message}.");
                break;
            case InvalidOperationException or InvalidDataException or IOException or UnauthorizedAccessException:
                messages.Add(exception.Message);
                break;
        }
    }
}
