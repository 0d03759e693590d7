namespace Yarp.FastCgi.Testing;

/// <summary>A fresh directory, deleted with all it contains on dispose. Readable by every user, since php-fpm's workers are not root.</summary>
public sealed class TempDirectory : IDisposable
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode Writable = Readable | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public TempDirectory()
    {
        // A short name: the path of a unix socket has at most 107 bytes.
        Path = Directory.CreateTempSubdirectory("fcgi").FullName;
        SetMode(Path, Readable);
    }

    public string Path { get; }

    /// <summary>Absolute path of <paramref name="relativePath"/> in this directory; nothing is created.</summary>
    public string Combine(string relativePath) => System.IO.Path.Combine(Path, relativePath);

    /// <summary>Creates a directory; with <paramref name="writableForAll"/> one that php-fpm's workers may write to.</summary>
    public string CreateDirectory(string relativePath, bool writableForAll = false)
    {
        var path = Directory.CreateDirectory(Combine(relativePath)).FullName;
        SetMode(path, writableForAll ? Writable : Readable);
        return path;
    }

    /// <summary>Writes a text file and the directories above it; returns its absolute path.</summary>
    public string WriteFile(string relativePath, string content, bool executable = false)
    {
        var path = Combine(relativePath);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        if (executable)
        {
            SetMode(path, Readable);
        }

        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }
}
