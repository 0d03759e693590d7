using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>
/// Begins something without root's right to pass over file modes, which a build server's root has. Linux keeps the user that file
/// modes are held against per thread (setfsuid(2)), so nothing else is touched.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static class Unprivileged
{
    private const uint Nobody = 65534;

    /// <summary>What the action does before it first waits, it does unprivileged.</summary>
    public static Task<T> Begin<T>(Func<Task<T>> action)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return action();
        }

        Task<T>? begun = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(Nobody);
            begun = action();
        });
        thread.Start();
        thread.Join();
        return begun!;
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetFileSystemUser(uint id);
}
