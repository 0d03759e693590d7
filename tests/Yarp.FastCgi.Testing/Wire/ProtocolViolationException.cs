namespace Yarp.FastCgi.Testing;

/// <summary>The code under test sent something that FastCGI 1.0, or a well known application, does not accept.</summary>
public sealed class ProtocolViolationException(string message) : Exception(message)
{
    internal static void ThrowIf(bool violated, string message)
    {
        if (violated)
        {
            throw new ProtocolViolationException("FastCGI violation: " + message + ".");
        }
    }
}
