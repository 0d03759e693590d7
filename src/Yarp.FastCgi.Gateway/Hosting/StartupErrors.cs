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
            case SocketException socket:
                messages.Add($"Cannot listen: {socket.Message}.");
                break;
            case InvalidOperationException or InvalidDataException or IOException:
                messages.Add(exception.Message);
                break;
        }
    }
}
