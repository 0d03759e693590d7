namespace Yarp.FastCgi.Interpreters;

/// <summary>A program could not be started; the message says why, and names the setting.</summary>
internal sealed class InterpreterStartException(string message, Exception? innerException = null) : Exception(message, innerException);
