using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>
/// What ends a program when the gateway is gone, however that happened: a pipe whose writing end the gateway alone holds, and whose
/// reading end the program inherits. When the writing end closes, the kernel signals the owner of the reading end (fcntl(2), F_SETOWN),
/// which is the program's process group, with the signal that was asked for (F_SETSIG): SIGKILL. Nobody has to read.
/// </summary>
internal sealed class Lifeline : IDisposable
{
    /// <summary>The number of the reading end in the program: above those that shell scripts use, below every limit.</summary>
    public const int Number = 63;

    private readonly AnonymousPipeServerStream _pipe = new(PipeDirection.Out, HandleInheritability.None);

    /// <summary>The reading end.</summary>
    public SafeHandle Handle => _pipe.ClientSafePipeHandle;

    /// <summary>Ties the process group to the gateway. From here on the program alone holds the reading end.</summary>
    public void Bind(int processGroup)
    {
        var descriptor = (int)_pipe.ClientSafePipeHandle.DangerousGetHandle();
        _ = LibC.Control(descriptor, LibC.SetOwner, -processGroup);
        _ = LibC.Control(descriptor, LibC.SetSignal, Signals.Kill);
        _ = LibC.Control(descriptor, LibC.SetFlags, LibC.Control(descriptor, LibC.GetFlags, 0) | LibC.Async);
        _pipe.DisposeLocalCopyOfClientHandle();
    }

    public void Dispose() => _pipe.Dispose();
}
