using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>A program that is the leader of its process group. A thread waits for its end, kills what it leaves, and reaps it.</summary>
internal sealed unsafe class LinuxProcess : IInterpreterProcess
{
    private const int StackSize = 128 * 1024;

    // siginfo_t
    private const int InformationSize = 128;

    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly AnonymousPipeServerStream _output;
    private readonly Lifeline _lifeline;
    private bool _isReaped;

    public LinuxProcess(int pid, AnonymousPipeServerStream output, Lifeline lifeline)
    {
        Id = pid;
        _output = output;
        _lifeline = lifeline;
        var thread = new Thread(Wait, StackSize) { IsBackground = true, Name = string.Create(CultureInfo.InvariantCulture, $"Yarp.FastCgi interpreter {pid}") };
        thread.UnsafeStart();
    }

    public int Id { get; }

    public Task<ProcessExit> Exited => _exited.Task;

    public Stream Output => _output;

    public void Signal(int signal) => Send(Id, signal);

    public void Kill() => Send(-Id, Signals.Kill);

    public void Dispose()
    {
        Kill();
        _output.Dispose();
        _lifeline.Dispose();
    }

    // The other party of the race is the thread: once it has reaped the process, its id may be anybody's.
    private void Send(int target, int signal)
    {
        lock (_lock)
        {
            if (!_isReaped)
            {
                _ = LibC.Kill(target, signal);
            }
        }
    }

    private void Wait()
    {
        var information = stackalloc byte[InformationSize];
        while (LibC.WaitId(LibC.WaitForProcess, Id, information, LibC.WaitExited | LibC.WaitNoReap) != 0 && Marshal.GetLastPInvokeError() == LibC.Interrupted)
        {
        }

        var exit = new ProcessExit(Code: null);
        lock (_lock)
        {
            // The leader's id is still taken, so the group is its group: its children must not go on without it.
            _ = LibC.Kill(-Id, Signals.Kill);
            if (LibC.WaitPid(Id, out var status, options: 0) == Id)
            {
                exit = ProcessExit.FromStatus(status);
            }

            _isReaped = true;
        }

        _exited.SetResult(exit);

        // As the first process of a container the gateway is given the children that have lost their parent. Elsewhere there is none.
        while (LibC.WaitPid(-Id, out _, options: 0) > 0 || Marshal.GetLastPInvokeError() == LibC.Interrupted)
        {
        }
    }
}
