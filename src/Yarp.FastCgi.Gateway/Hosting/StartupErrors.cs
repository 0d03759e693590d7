using System.Net.Sockets;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>What keeps the gateway from starting, in the words of the exceptions and without their stack traces.</summary>
internal static class StartupErrors
{
    /// <returns>One line for each error; empty when the exception is none that an operator can cause.</returns>
    public static IReadOnlyList<string> Describe(Exception exception)
    {
        var lines = new List<string>();
        Describe(exception, lines);
        return lines;
    }

    private static void Describe(Exception exception, List<string> lines)
    {
        switch (exception)
        {
            // YARP collects the errors of a configuration in one of these and wraps it into an InvalidOperationException.
            case AggregateException all:
                foreach (var inner in all.InnerExceptions)
                {
                    lines.Add(inner.Message);
                }

                break;
            case InvalidOperationException { InnerException: { } inner }:
                Describe(inner, lines);
                if (lines.Count == 0)
                {
                    lines.Add(inner.Message);
                }

                break;
            // A file that is no JSON: the outermost message names the file, the innermost the line.
            case InvalidDataException { InnerException: not null } unreadable:
                lines.Add($"{unreadable.Message} {unreadable.GetBaseException().Message}");
                break;
            case SocketException socket:
                lines.Add($"Cannot listen: {socket.Message}");
                break;
            case InvalidOperationException or InvalidDataException or IOException:
                lines.Add(exception.Message);
                break;
        }
    }
}
