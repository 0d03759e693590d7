using System.Diagnostics;

namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Makes a failed Debug.Assert of the code under test an exception: a failure of its input, not the end of the program.</summary>
internal sealed class ThrowingTraceListener : TraceListener
{
    public static void Install()
    {
        Trace.Listeners.Clear();
        Trace.Listeners.Add(new ThrowingTraceListener());
    }

    public override void Fail(string? message, string? detailMessage) => throw new FuzzFailureException("No assertion fails", $"{message} {detailMessage}");

    public override void Write(string? message)
    {
    }

    public override void WriteLine(string? message)
    {
    }
}
