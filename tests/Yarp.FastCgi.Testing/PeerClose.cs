namespace Yarp.FastCgi.Testing;

/// <summary>How the other side ended a connection.</summary>
public enum PeerClose
{
    /// <summary>A clean end of its stream (FIN).</summary>
    Graceful,

    /// <summary>An abort (RST).</summary>
    Reset,
}
