using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Interpreters.Native;

/// <summary>The descriptors that a program is given. They are copied above all numbers that they get in there, so that none takes another's place.</summary>
internal sealed class ChildDescriptors : IDisposable
{
    private readonly List<(int Descriptor, int Number)> _all = [];

    public IReadOnlyList<(int Descriptor, int Number)> All => _all;

    /// <param name="handle">The gateway's descriptor.</param>
    /// <param name="number">The number that the program knows it by.</param>
    public void Add(SafeHandle handle, int number)
    {
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var copy = LibC.Control((int)handle.DangerousGetHandle(), LibC.DuplicateCloseOnExec, Lifeline.Number + 1);
            if (copy < 0)
            {
                throw new InterpreterStartException($"no descriptor is left for it: {LibC.Describe(Marshal.GetLastPInvokeError())}");
            }

            _all.Add((copy, number));
        }
        finally
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }

    public void Dispose()
    {
        foreach (var (descriptor, _) in _all)
        {
            _ = LibC.Close(descriptor);
        }
    }
}
