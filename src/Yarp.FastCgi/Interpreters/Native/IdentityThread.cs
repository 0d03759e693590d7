using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>
/// Starts a program as another user, or with another root. On Linux both belong to the thread, and a program starts with those of the
/// thread that starts it; so a thread takes them, starts the program, and ends. The C library's own functions would change all threads,
/// therefore these are the system calls.
/// </summary>
internal static class IdentityThread
{
    private const int StackSize = 256 * 1024;

    // setgroups, setresgid, setresuid.
    private static readonly (nint Groups, nint Group, nint User)? Calls = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (116, 119, 117),
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => (159, 149, 147),
        _ => null,
    };

    /// <returns>What went wrong, and the option that it concerns; null when the program runs.</returns>
    public static (string? Setting, int Error)? Run(ProcessIdentity identity, SpawnRequest request, out int pid)
    {
        // While a thread of this memory belongs to somebody else, that user must not look into it: the kernel sees to that by making the
        // whole process closed to debuggers, and leaves it so.
        var wasDumpable = LibC.ProcessControl(LibC.GetDumpable, 0, 0, 0, 0);
        (string? Setting, int Error)? failure = null;
        var started = 0;
        var thread = new Thread(
            () =>
            {
                failure = Take(identity);
                if (failure is null && request.Run(out started) is var error and not 0)
                {
                    failure = (null, error);
                }
            },
            StackSize)
        {
            IsBackground = true,
            Name = "Yarp.FastCgi interpreter start",
        };
        thread.Start();
        thread.Join();
        if (wasDumpable == 1)
        {
            LibC.ProcessControl(LibC.SetDumpable, 1, 0, 0, 0);
        }

        pid = started;
        return failure;
    }

    private static (string? Setting, int Error)? Take(ProcessIdentity identity)
    {
        if (Calls is not { } calls)
        {
            return (nameof(FastCgiInterpreterOptions.User), LibC.NotImplemented);
        }

        if (identity.Chroot is { } root && (LibC.Unshare(LibC.CloneFileSystem) != 0 || LibC.ChangeRoot(root) != 0 || LibC.ChangeDirectory("/") != 0))
        {
            return (nameof(FastCgiInterpreterOptions.Chroot), Marshal.GetLastPInvokeError());
        }

        return SetGroups(calls.Groups, identity.Groups) != 0 || LibC.SystemCall(calls.Group, (nint)identity.Group, (nint)identity.Group, (nint)identity.Group) != 0
            ? (nameof(FastCgiInterpreterOptions.Group), Marshal.GetLastPInvokeError())
            : identity.User is { } user && LibC.SystemCall(calls.User, (nint)user, (nint)user, (nint)user) != 0
                ? (nameof(FastCgiInterpreterOptions.User), Marshal.GetLastPInvokeError())
                : null;
    }

    private static unsafe nint SetGroups(nint call, IReadOnlyList<uint> groups)
    {
        uint[] numbers = [.. groups];
        fixed (uint* first = numbers)
        {
            return LibC.SystemCall(call, numbers.Length, (nint)first, 0);
        }
    }
}
