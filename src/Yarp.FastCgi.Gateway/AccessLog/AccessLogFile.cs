namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>Where lines of the access log go: standard output, or the end of a file that others may rename.</summary>
internal sealed class AccessLogFile(string path) : IDisposable
{
    private Stream? _stream;

    /// <exception cref="IOException">It cannot be opened, or not be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be.</exception>
    public void Write(ReadOnlySpan<byte> lines) => (_stream ??= Open()).Write(lines);

    /// <summary>What follows goes to the file that then has the name, made anew if there is none.</summary>
    public void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }

    public void Dispose() => Close();

    /// <inheritdoc cref="Write"/>
    public void TryOut() => _stream ??= Open();

    private Stream Open()
    {
        if (path == AccessLogOptions.StandardOutput)
        {
            return Console.OpenStandardOutput();
        }

        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        }

        return new FileStream(path, options);
    }
}
