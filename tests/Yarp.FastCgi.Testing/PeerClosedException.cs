namespace Yarp.FastCgi.Testing;

/// <summary>The other side closed the connection where something was still expected from it or sent to it.</summary>
public sealed class PeerClosedException(string message, PeerClose close, Exception? innerException = null)
    : IOException(message, innerException)
{
    public PeerClose Close { get; } = close;
}
