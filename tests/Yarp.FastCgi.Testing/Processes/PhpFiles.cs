namespace Yarp.FastCgi.Testing;

/// <summary>The directories of a PHP test: a document root that the test fills, and what PHP writes to.</summary>
public sealed class PhpFiles : IDisposable
{
    private readonly TempDirectory _directory = new();

    internal PhpFiles()
    {
        Root = _directory.CreateDirectory("root");
        Scratch = _directory.CreateDirectory("scratch", writableForAll: true);
    }

    /// <summary>The document root.</summary>
    public string Root { get; }

    /// <summary>A directory that scripts may write to; sessions and uploads go here.</summary>
    public string Scratch { get; }

    /// <summary>Writes a file below the document root; returns its absolute path.</summary>
    public string Write(string relativePath, string content) => _directory.WriteFile(Path.Combine("root", relativePath), content);

    public void Dispose() => _directory.Dispose();

    internal string Combine(string relativePath) => _directory.Combine(relativePath);

    internal IEnumerable<KeyValuePair<string, string>> Ini(IReadOnlyDictionary<string, string> overrides)
    {
        var settings = new Dictionary<string, string>
        {
            ["session.save_path"] = Scratch,
            ["upload_tmp_dir"] = Scratch,
            ["post_max_size"] = "200M",
            ["upload_max_filesize"] = "200M",
            ["memory_limit"] = "512M",
            ["max_execution_time"] = "60",
            ["opcache.revalidate_freq"] = "0",
            ["display_errors"] = "0",
            ["log_errors"] = "1",
        };
        foreach (var (name, value) in overrides)
        {
            settings[name] = value;
        }

        return settings;
    }
}
