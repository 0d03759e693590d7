namespace Yarp.FastCgi.Gateway.Reload;

/// <summary>
/// By what a changed file is known: where its path really leads, when it was written, and how long it is. Watching the path instead would miss what is switched
/// by a link, as certbot and Kubernetes do it.
/// </summary>
internal readonly record struct FileStamp(string? RealPath, DateTime Written, long Length)
{
    /// <returns>A stamp of its own for a file that is not there.</returns>
    public static FileStamp Of(string? path)
    {
        try
        {
            return path is not null && Yarp.FastCgi.Files.RealPath.Resolve(path) is { } realPath && new FileInfo(realPath) is { Exists: true } file
                ? new FileStamp(realPath, file.LastWriteTimeUtc, file.Length)
                : default;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
