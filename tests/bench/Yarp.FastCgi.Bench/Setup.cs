using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>What a server is started with.</summary>
/// <param name="Directory">For its configuration and its files; its own.</param>
/// <param name="Port">Where it listens on 127.0.0.1.</param>
/// <param name="Application">Where the application listens: unix:/path, or a port of 127.0.0.1.</param>
/// <param name="Root">DOCUMENT_ROOT.</param>
/// <param name="Cores">How many cores, and so how many workers, it has.</param>
/// <param name="Certificate">File with certificate and key for TLS; null for plain HTTP.</param>
internal sealed record Setup(string Directory, int Port, string Application, string Root, int Cores, string? Certificate)
{
    public bool IsUnix => Application.StartsWith("unix:", StringComparison.Ordinal);

    /// <summary>The path of a unix socket.</summary>
    public string SocketPath => Application["unix:".Length..];

    /// <summary>For taskset.</summary>
    public string CoreList => Cores == 1 ? "0" : "0,1";

    /// <summary>Writes a template of the directory peers, its placeholders filled, into the server's directory.</summary>
    /// <returns>The path of the file.</returns>
    public string Write(string template, params (string Name, string Value)[] values)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "peers", template));
        foreach (var (name, value) in (IEnumerable<(string, string)>)[.. values, ("dir", Directory), ("port", Port.ToString(CultureInfo.InvariantCulture)), ("root", Root)])
        {
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        }

        var path = Path.Combine(Directory, template);
        File.WriteAllText(path, text);
        return path;
    }
}
