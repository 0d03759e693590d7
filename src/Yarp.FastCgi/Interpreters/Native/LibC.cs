using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>The functions of the C library that start, watch and end processes. Linux, 64 bits, glibc or musl.</summary>
internal static unsafe partial class LibC
{
    public const short SpawnSetProcessGroup = 0x02;
    public const short SpawnSetSignalDefault = 0x04;
    public const short SpawnSetSignalMask = 0x08;

    // fcntl(2)
    public const int GetFlags = 3;
    public const int SetFlags = 4;
    public const int SetOwner = 8;
    public const int SetSignal = 10;
    public const int DuplicateCloseOnExec = 1030;
    public const int Async = 0x2000;

    // waitid(2)
    public const int WaitForProcess = 1;
    public const int WaitNoHang = 1;
    public const int WaitExited = 4;
    public const int WaitNoReap = 0x01000000;

    // clone(2), prctl(2)
    public const int CloneFileSystem = 0x200;
    public const int GetDumpable = 3;
    public const int SetDumpable = 4;

    public const int NotPermitted = 1;
    public const int Interrupted = 4;
    public const int RangeError = 34;
    public const int NotImplemented = 38;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "posix_spawnp")]
    public static partial int PosixSpawn(out int pid, byte* file, void* fileActions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int InitFileActions(void* fileActions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int DestroyFileActions(void* fileActions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int AddDuplicate(void* fileActions, int descriptor, int newDescriptor);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static partial int AddChangeDirectory(void* fileActions, byte* path);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static partial int InitAttributes(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static partial int DestroyAttributes(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static partial int SetAttributeFlags(void* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setpgroup")]
    public static partial int SetAttributeGroup(void* attributes, int group);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    public static partial int SetAttributeSignalMask(void* attributes, void* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static partial int SetAttributeSignalDefault(void* attributes, void* signals);

    [LibraryImport(Library, EntryPoint = "sigemptyset")]
    public static partial int EmptySignalSet(void* signals);

    [LibraryImport(Library, EntryPoint = "sigfillset")]
    public static partial int FillSignalSet(void* signals);

    [LibraryImport(Library, EntryPoint = "waitid", SetLastError = true)]
    public static partial int WaitId(int idType, int id, byte* information, int options);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint argument1, nint argument2, nint argument3);

    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport(Library, EntryPoint = "chroot", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeRoot(string path);

    [LibraryImport(Library, EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeDirectory(string path);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUser();

    [LibraryImport(Library, EntryPoint = "getegid")]
    public static partial uint GetEffectiveGroup();

    [LibraryImport(Library, EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FindUser(string name, User* user, byte* buffer, nuint size, User** found);

    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    public static partial int FindUser(uint id, User* user, byte* buffer, nuint size, User** found);

    [LibraryImport(Library, EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FindGroup(string name, Group* group, byte* buffer, nuint size, Group** found);

    [LibraryImport(Library, EntryPoint = "getgrouplist")]
    public static partial int ListGroups(byte* user, uint group, uint* groups, int* count);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetStatus(int directory, string path, int flags, uint mask, byte* status);

    /// <summary>Whether the path names a unix socket, and not a link to one.</summary>
    public static bool IsSocket(string path)
    {
        const int CurrentDirectory = -100;
        const int NoFollow = 0x100;
        const uint TypeOnly = 1;
        const int StatusSize = 256;
        const int ModeOffset = 28;
        const int TypeMask = 0xF000;
        const int SocketType = 0xC000;
        var status = stackalloc byte[StatusSize];
        return GetStatus(CurrentDirectory, path, NoFollow, TypeOnly, status) == 0 && (*(ushort*)(status + ModeOffset) & TypeMask) == SocketType;
    }

    /// <summary>What the error number means, in words.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>struct passwd of Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct User
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
        public uint Group;
        public byte* Information;
        public byte* Directory;
        public byte* Shell;
    }

    /// <summary>struct group of Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Group
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
        public byte** Members;
    }
}
