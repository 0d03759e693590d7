namespace Yarp.FastCgi.Testing;

/// <summary>The kind of socket a <see cref="ScriptedResponder"/> listens on.</summary>
public enum ResponderSocket
{
    /// <summary>A unix socket file in a fresh directory.</summary>
    Unix,

    /// <summary>A unix socket in Linux's abstract namespace.</summary>
    AbstractUnix,

    /// <summary>A free port of 127.0.0.1.</summary>
    Tcp,

    /// <summary>A free port of ::1.</summary>
    TcpIPv6,
}
