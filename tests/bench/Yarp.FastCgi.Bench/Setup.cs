using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>What a server is started with.</summary>
/// <param name="Directory">For its configuration and its files; its own.</param>
/// <param name="Port">Where it listens on 127.0.0.1.</param>
/// <param name="Application">What is behind it.</param>
/// <param name="Group">What it has in common with the others.</param>
/// <param name="Certificate">File with certificate and key for TLS; null for plain HTTP.</param>
internal sealed record Setup(string Directory, int Port, RunningApplication Application, Group Group, string? Certificate)
{
    /// <summary>What the server is started from in a container; null for a program of this machine.</summary>
    public PeerImage? Image { get; init; }

    /// <summary>The name of the container.</summary>
    public string ContainerName => $"bench-{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Where the application listens: unix:/path, or a port of 127.0.0.1.</summary>
    public string Address => Application.Address;

    public bool IsUnix => Address.StartsWith("unix:", StringComparison.Ordinal);

    /// <summary>The path of a unix socket.</summary>
    public string SocketPath => Address["unix:".Length..];

    /// <summary>For taskset.</summary>
    public string CoreList => Group.Cores == 1 ? "0" : "0,1";

    /// <summary>Starts the server.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">Variables besides the inherited ones.</param>
    public ProcessGroup Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
        => Image is null
            ? ProcessGroup.Start(CoreList, command, environment)
            : ProcessGroup.Start(
                CoreList,
                [
                    "podman", "run", "--rm", "--name", ContainerName, "--network", "host", "--read-only", "--cap-drop", "all", "--no-healthcheck", "--security-opt", "no-new-privileges",
                    "--volume", $"{Path.GetDirectoryName(Directory)}:{Path.GetDirectoryName(Directory)}",
                    .. (environment ?? new Dictionary<string, string>()).Select(variable => $"--env={variable.Key}={variable.Value}"),
                    "--entrypoint", Image.Program, Image.Name, .. command.Skip(1),
                ]);

    /// <summary>Writes a template of the directory peers, its placeholders filled, into the server's directory.</summary>
    /// <returns>The path of the file.</returns>
    public string Write(string template, params (string Name, string Value)[] values)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "peers", template));
        IEnumerable<(string, string)> all =
        [
            .. values,
            ("dir", Directory),
            ("port", Port.ToString(CultureInfo.InvariantCulture)),
            ("root", Application.Root),
            ("max", Group.MaxConnections.ToString(CultureInfo.InvariantCulture)),
        ];
        foreach (var (name, value) in all)
        {
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        }

        var path = Path.Combine(Directory, template);
        File.WriteAllText(path, text);
        return path;
    }
}
