using System.Globalization;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// Says why a unix socket cannot be connected to, by what it, or the directory that keeps everybody out, belongs to. Looked up when it has happened, for the
/// message; nothing is decided by it.
/// </summary>
internal static class SocketAccess
{
    private const int FileKind = 0xF000;
    private const int SocketKind = 0xC000;
    private const int Permissions = 0xFFF;

    /// <summary>The socket is 0660 www-data:www-data, or: the directory '/run/php' is 0750 root:root.</summary>
    /// <returns>Null where the platform does not tell.</returns>
    public static string? Describe(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        if (Read(path) is { } socket)
        {
            return $"the socket is {socket.ToText()}";
        }

        // A directory on the way is closed: the last one that can be seen at all.
        for (var directory = Path.GetDirectoryName(path); directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (Read(directory) is { } seen)
            {
                return $"the directory '{directory}' is {seen.ToText()}";
            }
        }

        return null;
    }

    /// <summary>Whether there is something at the path that is no socket.</summary>
    public static bool IsOtherFile(string path) => OperatingSystem.IsLinux() && Read(path) is { } entry && (entry.Mode & FileKind) != SocketKind;

    private static Entry? Read(string path)
    {
        // statx(2): the one whose layout is the same on every architecture. 256 bytes; uid, gid and mode stand at 20, 24 and 28.
        const int CurrentDirectory = -100;
        const uint BasicStats = 0x7FF;
        Span<byte> result = stackalloc byte[256];
        try
        {
            return GetStatus(CurrentDirectory, path, flags: 0, BasicStats, ref MemoryMarshal.GetReference(result)) == 0
                ? new Entry(BitConverter.ToUInt32(result[20..]), BitConverter.ToUInt32(result[24..]), BitConverter.ToUInt16(result[28..]))
                : null;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            // A C library without it.
            return null;
        }
    }

    private static string NameOf(string file, uint id)
    {
        try
        {
            var text = id.ToString(CultureInfo.InvariantCulture);
            foreach (var line in File.ReadLines(file))
            {
                // name:password:id:…
                var fields = line.Split(':', 4);
                if (fields.Length > 2 && fields[2] == text)
                {
                    return fields[0];
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The number says it too.
        }

        return id.ToString(CultureInfo.InvariantCulture);
    }

    [DllImport("libc", EntryPoint = "statx", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetStatus(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, ref byte result);

    private readonly record struct Entry(uint User, uint Group, int Mode)
    {
        public string ToText() => $"{Convert.ToString(Mode & Permissions, 8).PadLeft(4, '0')} {NameOf("/etc/passwd", User)}:{NameOf("/etc/group", Group)}";
    }
}
