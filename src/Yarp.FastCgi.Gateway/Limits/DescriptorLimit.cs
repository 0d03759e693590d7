using System.Globalization;

namespace Yarp.FastCgi.Gateway.Limits;

/// <summary>
/// How many clients the descriptors of the process are enough for. .NET itself needs some, to start a thread for one, and ends the process when there are none left:
/// clients must not be able to use them all up.
/// </summary>
internal static class DescriptorLimit
{
    private const string Limits = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    // The runtime's, those of listeners, logs and kept connections.
    private const int Reserved = 256;

    // A client's and one to the application; as many clients again may have WebSockets.
    private const int ForEachClient = 4;

    /// <summary>Connections at a time; null where the limit is not known.</summary>
    public static int? MaxConnections { get; } = File.Exists(Limits) ? Parse(File.ReadLines(Limits)) : null;

    /// <param name="lines">As in /proc/self/limits: a name, the soft and the hard limit, and a unit. At its start .NET raises the soft one to the hard one.</param>
    public static int? Parse(IEnumerable<string> lines)
        => lines.FirstOrDefault(static line => line.StartsWith(OpenFiles, StringComparison.Ordinal)) is { } line
            && line[OpenFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
            && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? (int)Math.Clamp((limit - Reserved) / ForEachClient, 1, LimitOptions.HighestMaxConnections)
            : null;
}
