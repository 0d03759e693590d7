namespace Yarp.FastCgi.Interpreters;

/// <summary>A program that was started, with what it has started in its turn.</summary>
internal interface IInterpreterProcess : IDisposable
{
    int Id { get; }

    /// <summary>Completes when the program has ended. What was left of its process group is killed by then.</summary>
    Task<ProcessExit> Exited { get; }

    /// <summary>What it writes to standard output and standard error.</summary>
    Stream Output { get; }

    /// <summary>Sends the program a signal, unless it has ended.</summary>
    void Signal(int signal);

    /// <summary>Ends the program and its children at once, unless it has ended.</summary>
    void Kill();
}
