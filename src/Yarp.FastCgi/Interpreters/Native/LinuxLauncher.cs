using System.IO.Pipes;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>
/// Starts programs by posix_spawn(3), each as the leader of a process group that the kernel ends with the gateway
/// (docs/decisions/0012-interpreters.md).
/// </summary>
internal sealed class LinuxLauncher : IProcessLauncher
{
    public IInterpreterProcess Start(InterpreterSettings settings, ListenSocket? socket)
    {
        ProcessIdentity? identity = null;
        if ((settings.User ?? settings.Group ?? settings.Chroot) is not null
            && !ProcessIdentity.TryFind(settings.User, settings.Group, settings.Chroot, out identity, out var setting, out var error))
        {
            throw new InterpreterStartException($"FastCgi:Interpreter:{setting} {error}");
        }

        using var descriptors = new ChildDescriptors();
        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        Lifeline? lifeline = null;
        try
        {
            lifeline = new Lifeline();
            using var nothing = socket is null ? File.OpenHandle("/dev/null") : null;
            if (socket is null)
            {
                descriptors.Add(nothing!, 0);
            }
            else
            {
                descriptors.Add(socket.Handle, 0);
            }

            descriptors.Add(output.ClientSafePipeHandle, 1);
            descriptors.Add(output.ClientSafePipeHandle, 2);
            descriptors.Add(lifeline.Handle, Lifeline.Number);
            var request = new SpawnRequest
            {
                Arguments = settings.Arguments,
                Environment = InterpreterEnvironment.Create(settings),
                Descriptors = descriptors.All,
                WorkingDirectory = settings.WorkingDirectory,
            };
            var pid = Spawn(request, identity, settings);
            lifeline.Bind(pid);
            output.DisposeLocalCopyOfClientHandle();
            return new LinuxProcess(pid, output, lifeline);
        }
        catch
        {
            output.Dispose();
            lifeline?.Dispose();
            throw;
        }
    }

    private static int Spawn(SpawnRequest request, ProcessIdentity? identity, InterpreterSettings settings)
    {
        int pid;
        if (identity is null)
        {
            return request.Run(out pid) is var error and not 0 ? throw NotStarted(error) : pid;
        }

        return IdentityThread.Run(identity, request, out pid) switch
        {
            null => pid,
            (null, var error) => throw NotStarted(error),
            ({ } setting, var error) => throw new InterpreterStartException($"FastCgi:Interpreter:{setting} could not be applied: {LibC.Describe(error)}"),
        };

        InterpreterStartException NotStarted(int error)
        {
            var directory = settings.WorkingDirectory is { } path ? $" in {path} (WorkingDirectory)" : "";
            return new($"{ControlCharacters.Quote(settings.Arguments[0])} (Command) could not be run{directory}: {LibC.Describe(error)}");
        }
    }
}
