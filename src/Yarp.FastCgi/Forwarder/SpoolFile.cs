using Microsoft.Win32.SafeHandles;

namespace Yarp.FastCgi.Forwarder;

/// <summary>A temporary file that is unlinked as soon as it is open: it disappears with its handle, whatever becomes of the process.</summary>
internal static class SpoolFile
{
    /// <exception cref="SpoolException">The file cannot be made.</exception>
    public static SafeFileHandle Create(string directory)
    {
        var path = Path.Combine(directory, "yarp-fastcgi-" + Guid.NewGuid().ToString("N"));
        try
        {
            // On Windows an open file keeps its name; there the system deletes it when it is closed.
            var file = File.OpenHandle(
                path,
                FileMode.CreateNew,
                FileAccess.ReadWrite,
                FileShare.None,
                OperatingSystem.IsWindows() ? FileOptions.Asynchronous | FileOptions.DeleteOnClose : FileOptions.Asynchronous);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                File.Delete(path);
            }

            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(directory, exception);
        }
    }

    /// <exception cref="SpoolException">The disk is full, or the file cannot be written.</exception>
    public static async ValueTask WriteAsync(SafeFileHandle file, ReadOnlyMemory<byte> bytes, long offset, string directory)
    {
        try
        {
            await RandomAccess.WriteAsync(file, bytes, offset).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(directory, exception);
        }
    }

    private static SpoolException Failed(string directory, Exception exception)
        => new($"The request body could not be kept in a temporary file below '{directory}' (RequestBufferDirectory): {exception.Message}", exception);
}
