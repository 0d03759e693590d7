using System.Globalization;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Testing;

/// <summary>The processes of this machine by their process group.</summary>
public static class ProcessGroups
{
    private const int SigKill = 9;

    /// <summary>The processes of a group that still run: one that has ended and that nobody has reaped does not.</summary>
    public static IReadOnlyList<int> Running(int group)
    {
        var running = new List<int>();
        foreach (var directory in System.IO.Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && ReadStatus(id) is [var state, _, var processGroup, ..]
                && processGroup == group.ToString(CultureInfo.InvariantCulture)
                && state is not ("Z" or "X"))
            {
                running.Add(id);
            }
        }

        return running;
    }

    /// <summary>The group of a process.</summary>
    public static int Of(int id) => int.Parse(ReadStatus(id)[2], CultureInfo.InvariantCulture);

    public static Task WaitForEndAsync(int group) => Eventually.UntilAsync(() => Running(group).Count == 0, $"the processes of group {group} to end");

    /// <summary>SIGKILL to one process.</summary>
    public static void Kill(int id) => Assert(SendSignal(id, SigKill) == 0, id);

    private static void Assert(bool condition, int id) => _ = condition ? id : throw new InvalidOperationException($"Process {id} could not be killed.");

    // proc(5): the name, in parentheses, may have blanks; behind it come the state, the parent and the group.
    private static string[] ReadStatus(int id)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // It has ended in the meantime.
            return [];
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
