namespace Yarp.FastCgi.Client;

/// <summary>A request to a FastCGI application failed.</summary>
public sealed class FastCgiException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="message">What happened, where, and which setting changes it.</param>
    /// <param name="innerException">The cause, if any.</param>
    public FastCgiException(FastCgiError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>What went wrong.</summary>
    public FastCgiError Error { get; }
}
