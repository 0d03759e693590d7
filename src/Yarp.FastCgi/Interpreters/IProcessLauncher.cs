namespace Yarp.FastCgi.Interpreters;

/// <summary>Starts programs in the way of the operating system.</summary>
internal interface IProcessLauncher
{
    /// <exception cref="InterpreterStartException">It could not be started.</exception>
    IInterpreterProcess Start(InterpreterSettings settings, ListenSocket? socket);
}
