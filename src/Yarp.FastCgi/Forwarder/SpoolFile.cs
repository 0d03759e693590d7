using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Configuration.Tables;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// The file of a request body that is too long for memory. As a rule it is unlinked as soon as it is open and disappears with its handle,
/// whatever becomes of the process. With RequestBodyFileDirectory it has a name, under which the application opens it, until the request is over.
/// </summary>
internal sealed class SpoolFile : IAsyncDisposable
{
    /// <summary>What the names begin with that an application opens.</summary>
    public const string SharedNamePrefix = "yarp-fastcgi-body-";

    private const int RandomDigits = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly SearchValues<char> LowerHexDigits = SearchValues.Create("0123456789abcdef");

    private readonly SafeFileHandle _handle;
    private readonly string _place;
    private readonly string? _path;

    private SpoolFile(SafeFileHandle handle, string place, string? path = null, string? applicationPath = null)
    {
        _handle = handle;
        _place = place;
        _path = path;
        ApplicationPath = applicationPath;
    }

    /// <summary>Where the application finds the file; null when it has no name.</summary>
    public string? ApplicationPath { get; }

    /// <summary>Whether a file has a name that an application opens.</summary>
    public static bool IsSharedName(string name)
        => name.Length == SharedNamePrefix.Length + RandomDigits
            && name.StartsWith(SharedNamePrefix, StringComparison.Ordinal)
            && !name.AsSpan(SharedNamePrefix.Length).ContainsAnyExcept(LowerHexDigits);

    /// <exception cref="SpoolException">The file cannot be made.</exception>
    public static async ValueTask<SpoolFile> CreateAsync(ApplicationSettings settings)
    {
        await WorkerThread.SwitchAsync();
        return settings.RequestBodyFileDirectory is { } directory
            ? CreateShared(settings.LocalRequestBodyFileDirectory!, directory)
            : CreateUnnamed(settings.RequestBufferDirectory);
    }

    /// <exception cref="SpoolException">The disk is full, or the file cannot be written.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long offset)
    {
        try
        {
            await RandomAccess.WriteAsync(_handle, bytes, offset).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(_place, exception);
        }
    }

    public ValueTask<int> ReadAsync(Memory<byte> bytes, long offset) => RandomAccess.ReadAsync(_handle, bytes, offset);

    // Closing the last handle of a long file frees its blocks, which takes time.
    public async ValueTask DisposeAsync()
    {
        await WorkerThread.SwitchAsync();

        // Before the lock that the handle holds is gone.
        if (_path is not null)
        {
            Delete(_path);
        }

        _handle.Dispose();
    }

    private static SpoolFile CreateUnnamed(string directory)
    {
        var place = $"a temporary file below '{directory}' ({RequestTable.RequestBufferDirectory.Name})";
        var path = Path.Combine(directory, "yarp-fastcgi-" + Guid.NewGuid().ToString("N"));
        try
        {
            // On Windows an open file keeps its name; there the system deletes it when it is closed.
            var handle = Open(path, FileShare.None, OperatingSystem.IsWindows() ? FileOptions.Asynchronous | FileOptions.DeleteOnClose : FileOptions.Asynchronous, OwnerOnly);
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(path);
            }

            return new SpoolFile(handle, place);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(place, exception);
        }
    }

    private static SpoolFile CreateShared(string directory, string applicationDirectory)
    {
        var place = $"a file below '{directory}' ({RequestTable.RequestBodyFileDirectory.Name})";
        var name = SharedNamePrefix + RandomNumberGenerator.GetHexString(RandomDigits, lowercase: true);
        var path = Path.Combine(directory, name);
        try
        {
            // Any sharing but none is a shared lock (advisory on Unix), which tells a sweep that the file is in use. The application has another
            // user, and reads by the file's group, which a directory with the setgid bit hands down.
            const FileShare Share = FileShare.Read | FileShare.Delete;
            return new SpoolFile(Open(path, Share, FileOptions.Asynchronous, OwnerOnly | UnixFileMode.GroupRead), place, path, applicationDirectory.TrimEnd('/') + "/" + name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(place, exception);
        }
    }

    private static SafeFileHandle Open(string path, FileShare share, FileOptions options, UnixFileMode mode)
    {
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, share, options);
        if (OperatingSystem.IsWindows())
        {
            return handle;
        }

        try
        {
            File.SetUnixFileMode(handle, mode);
            return handle;
        }
        catch
        {
            Delete(path);
            handle.Dispose();
            throw;
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The request is over, and its answer must not depend on this. A sweep tries again, and reports what it cannot delete.
        }
    }

    private static SpoolException Failed(string place, Exception exception)
        => new($"The request body could not be kept in {place}: {exception.Message}", exception);
}
